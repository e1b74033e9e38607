// The writing half of answer.h: the answer's text, once it is known what is accepted.
#pragma once

#include "media/sdp/answer.h"

#include <optional>
#include <span>
#include <string>

namespace lectern::sdp {

// One m-line of the offer with what will be said about it; nothing accepted: port 0.
struct Section {
  const Media* offered = nullptr;
  std::optional<NegotiatedMedia> accepted;
};

// `sections`: one for each m-line of `offer`, in its order. `streams`: null for a publisher.
[[nodiscard]] std::string write_answer(const Description& offer, std::span<const Section> sections,
                                       const AnswerParameters& parameters,
                                       const ViewerStreams* streams, Setup setup);

}  // namespace lectern::sdp
