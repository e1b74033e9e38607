#include "media/sdp/negotiated.h"

#include <algorithm>

namespace lectern::sdp {
namespace {

template <typename List, typename Predicate>
auto* first_where(const List& list, Predicate predicate) {
  const auto found = std::ranges::find_if(list, predicate);
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

const NegotiatedCodec* NegotiatedMedia::codec(CodecName name) const {
  return first_where(codecs, [=](const NegotiatedCodec& codec) { return codec.name == name; });
}

const NegotiatedCodec* NegotiatedMedia::codec_of(uint8_t payload_type) const {
  return first_where(codecs, [=](const NegotiatedCodec& codec) {
    return codec.payload_type == payload_type || codec.rtx_payload_type == payload_type;
  });
}

const NegotiatedMedia* NegotiatedSession::find(TrackKind kind) const {
  return first_where(media, [=](const NegotiatedMedia& entry) { return entry.kind == kind; });
}

}  // namespace lectern::sdp
