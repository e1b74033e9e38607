// One media section of a description, read attribute by attribute.
//
// What it is: collects what the lines say in any order (RFC 8866 §5) and puts it together at the
// section's end. Left out on purpose: the m-line itself and the session level (description_parse).
#pragma once

#include "media/sdp/description.h"
#include "media/sdp/fault.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lectern::sdp {

class SectionParser {
 public:
  // `media`: the m-line, and what the session level says for all sections.
  explicit SectionParser(Media media) : media_(std::move(media)) {}

  // The text that `value` is part of has to live until finish().
  Complaint attribute(std::string_view key, std::string_view value);
  // `inherited`: header extensions of the session level; the section's own ids go before them.
  [[nodiscard]] Media finish(const std::vector<Extension>& inherited);

 private:
  using Handler = Complaint (SectionParser::*)(std::string_view);

  Complaint rtpmap(std::string_view value);
  Complaint fmtp(std::string_view value);
  Complaint rtcp_fb(std::string_view value);
  Complaint extmap(std::string_view value);
  Complaint rid(std::string_view value);
  Complaint simulcast(std::string_view value);
  Complaint ssrc(std::string_view value);
  Complaint ssrc_group(std::string_view value);
  Complaint mid(std::string_view value);

  void finish_codecs();
  void finish_simulcast(std::string_view streams, std::vector<std::string>& rids);

  Media media_;
  std::map<uint8_t, CodecLine> codecs_;  // by payload type
  std::vector<std::string> feedbacks_for_all_;
  std::string_view simulcast_send_;  // the a=rid lines may come later
  std::string_view simulcast_recv_;
};

}  // namespace lectern::sdp
