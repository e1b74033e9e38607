#include "media/sdp/candidate.h"
#include "media/sdp/description.h"

#include <string>

namespace lectern::sdp {
namespace {

std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::kSendRecv:
      return "sendrecv";
    case Direction::kSendOnly:
      return "sendonly";
    case Direction::kRecvOnly:
      return "recvonly";
    case Direction::kInactive:
      return "inactive";
  }
  return "inactive";
}

std::string_view name_of(Setup setup) {
  switch (setup) {
    case Setup::kActPass:
      return "actpass";
    case Setup::kActive:
      return "active";
    case Setup::kPassive:
      return "passive";
    case Setup::kHoldConn:
      return "holdconn";
  }
  return "actpass";
}

class Writer {
 public:
  // One line of the parts, ended by CRLF.
  template <typename... Parts>
  void line(const Parts&... parts) {
    (append(parts), ...);
    text_ += "\r\n";
  }

  void transport(const Transport& transport);
  void media(const Media& media);
  std::string take() { return std::move(text_); }
  void raw(std::string_view text) { text_ += text; }

 private:
  void append(std::string_view text) { text_ += text; }
  template <std::unsigned_integral T>
  void append(T value) {
    text_ += std::to_string(value);
  }

  void codec(const CodecLine& codec);
  void streams(const Media& media);
  std::string joined(const std::vector<std::string>& words, std::string_view separator);

  std::string text_;
};

std::string Writer::joined(const std::vector<std::string>& words, std::string_view separator) {
  std::string all;
  for (const std::string& word : words) {
    if (!all.empty()) all += separator;
    all += word;
  }
  return all;
}

void Writer::transport(const Transport& transport) {
  if (!transport.ufrag.empty()) line("a=ice-ufrag:", transport.ufrag);
  if (!transport.pwd.empty()) line("a=ice-pwd:", transport.pwd);
  if (transport.fingerprint) {
    line("a=fingerprint:", transport.fingerprint->algorithm, " ", transport.fingerprint->value);
  }
  if (transport.setup) line("a=setup:", name_of(*transport.setup));
  if (transport.asks_for_gcm) line("a=x-lectern-srtp:gcm");
  for (const Candidate& candidate : transport.candidates) raw(write_candidate(candidate));
  if (transport.end_of_candidates) line("a=end-of-candidates");
}

void Writer::codec(const CodecLine& codec) {
  const std::string_view channels = codec.channels > 1 ? "/" : "";
  line("a=rtpmap:", codec.payload_type, " ", codec.name, "/", codec.clock_rate, channels,
       codec.channels > 1 ? std::to_string(codec.channels) : std::string());
  for (const std::string& feedback : codec.feedbacks) {
    line("a=rtcp-fb:", codec.payload_type, " ", feedback);
  }
  if (!codec.fmtp.empty()) line("a=fmtp:", codec.payload_type, " ", codec.fmtp);
}

void Writer::streams(const Media& media) {
  for (const Rid& rid : media.rids) {
    line("a=rid:", rid.id, rid.is_send ? " send" : " recv", rid.restrictions.empty() ? "" : " ",
         rid.restrictions);
  }
  std::string simulcast;
  if (!media.simulcast_send.empty()) simulcast += " send " + joined(media.simulcast_send, ";");
  if (!media.simulcast_recv.empty()) simulcast += " recv " + joined(media.simulcast_recv, ";");
  if (!simulcast.empty()) line("a=simulcast:", simulcast.substr(1));
  for (const SsrcGroup& group : media.ssrc_groups) {
    std::string members;
    for (const uint32_t ssrc : group.ssrcs) members += ' ' + std::to_string(ssrc);
    line("a=ssrc-group:", group.semantics, members);
  }
  for (const SsrcLine& ssrc : media.ssrcs) {
    line("a=ssrc:", ssrc.ssrc, " cname:", ssrc.cname);
    if (!ssrc.msid.empty()) line("a=ssrc:", ssrc.ssrc, " msid:", ssrc.msid);
  }
}

void Writer::media(const Media& media) {
  line("m=", media.kind, " ", media.port, " ", media.protocol, " ", joined(media.formats, " "));
  line("c=IN IP4 0.0.0.0");
  transport(media.transport);
  if (!media.mid.empty()) line("a=mid:", media.mid);
  for (const Extension& extension : media.extensions) {
    line("a=extmap:", extension.id, extension.direction ? "/" : "",
         extension.direction ? name_of(*extension.direction) : "", " ", extension.uri);
  }
  line("a=", name_of(media.direction));
  if (!media.msid.empty()) line("a=msid:", media.msid);
  if (!media.content.empty()) line("a=content:", media.content);
  if (media.is_bundle_only) line("a=bundle-only");
  if (media.has_rtcp_mux) line("a=rtcp-mux");
  if (media.has_rtcp_rsize) line("a=rtcp-rsize");
  for (const CodecLine& entry : media.codecs) codec(entry);
  streams(media);
}

}  // namespace

std::string write(const Description& description) {
  Writer writer;
  writer.line("v=0");
  writer.line("o=- ", description.session_id, " ", description.session_version, " IN IP4 0.0.0.0");
  writer.line("s=-");
  writer.line("t=0 0");
  for (const auto& mids : description.bundles) {
    std::string names;
    for (const std::string& mid : mids) names += ' ' + mid;
    writer.line("a=group:BUNDLE", names);
  }
  if (description.is_ice_lite) writer.line("a=ice-lite");
  if (!description.ice_options.empty()) {
    std::string options;
    for (const std::string& option : description.ice_options) options += ' ' + option;
    writer.line("a=ice-options:", options.substr(1));
  }
  writer.transport(description.transport);
  for (const Media& media : description.media) writer.media(media);
  return writer.take();
}

}  // namespace lectern::sdp
