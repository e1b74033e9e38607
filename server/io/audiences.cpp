#include "server/io/audiences.h"

#include <algorithm>
#include <utility>

namespace lectern::io {

struct Audience {
  std::string name;
  std::vector<AudiencePlace*> readers{};
  std::vector<Frame> batch{};
  Instant due{};                     // of the batch
  std::uint64_t batch_number = 1;    // of the flight that the batch becomes
  std::unique_ptr<Flight> flight{};  // null: none is being handed out
  std::size_t handed_out = 0;        // readers before this index have the flight
  bool is_busy = false;
};

Audiences::Audiences(Delivery delivery) : delivery_(std::move(delivery)) {}

Audiences::~Audiences() = default;

void Audiences::join(AudiencePlace& reader, const std::string& audience) {
  leave(reader);
  std::unique_ptr<Audience>& found = audiences_[audience];
  if (!found) found = std::make_unique<Audience>(Audience{.name = audience});
  reader.audience = found.get();
  reader.index = found->readers.size();
  reader.first_flight = found->batch_number;
  reader.frames_before = found->batch.size();
  found->readers.push_back(&reader);
}

void Audiences::leave(AudiencePlace& reader) {
  if (reader.audience == nullptr) return;
  Audience& audience = *std::exchange(reader.audience, nullptr);
  std::vector<AudiencePlace*>& readers = audience.readers;
  const auto move_to = [&readers](std::size_t from, std::size_t to) {
    readers[to] = readers[from];
    readers[to]->index = to;
  };
  std::size_t gap = reader.index;
  // Those who have the flight stay in front of those who do not.
  if (gap < audience.handed_out) {
    --audience.handed_out;
    move_to(audience.handed_out, gap);
    gap = audience.handed_out;
  }
  move_to(readers.size() - 1, gap);
  readers.pop_back();
  forget_if_empty(audience);
}

void Audiences::forget_if_empty(Audience& audience) {
  if (!audience.readers.empty()) return;
  std::erase(busy_, &audience);
  audiences_.erase(audience.name);
}

void Audiences::cork(Audience& audience, Frame frame) {
  if (frame.lane == Lane::kReplaceable) {
    const auto older = std::ranges::find_if(audience.batch, [&frame](const Frame& waiting) {
      return waiting.lane == Lane::kReplaceable && waiting.key == frame.key;
    });
    // The place stays: readers that have joined since count the frames before them.
    if (older != audience.batch.end()) *older = {};
  }
  audience.batch.push_back(std::move(frame));
}

void Audiences::send(Instant now, std::string_view name, Frame frame) {
  const auto found = audiences_.find(name);
  if (found == audiences_.end()) return;
  Audience& audience = *found->second;
  if (audience.batch.empty()) audience.due = now + window_;
  cork(audience, std::move(frame));
  if (!std::exchange(audience.is_busy, true)) busy_.push_back(&audience);
}

Instant Audiences::next() const {
  Instant next = Instant::never();
  for (const Audience* audience : busy_)
    next = std::min(next, audience->flight ? Instant() : audience->due);
  return next;
}

// The batch becomes the flight when it is due.
void Audiences::take_off(Audience& audience, Instant now) {
  if (audience.flight || audience.batch.empty() || now < audience.due) return;
  auto flight = std::make_unique<Flight>();
  flight->frames = std::exchange(audience.batch, {});
  if (flight->frames.size() == 1) {
    flight->joined = flight->frames.front().bytes;
  } else {
    std::string joined;
    for (const Frame& frame : flight->frames)
      if (frame.bytes) joined += *frame.bytes;
    flight->joined = std::make_shared<const std::string>(std::move(joined));
  }
  audience.flight = std::move(flight);
  audience.handed_out = 0;
  ++audience.batch_number;
}

// Hands the flight to the next `most` readers; true: all have it.
bool Audiences::hand_out(Audience& audience, std::size_t most) {
  const std::uint64_t number = audience.batch_number - 1;
  for (; most > 0 && audience.handed_out < audience.readers.size(); --most) {
    AudiencePlace& reader = *audience.readers[audience.handed_out++];
    if (reader.first_flight > number) continue;
    const std::size_t skip = reader.first_flight == number ? reader.frames_before : 0;
    if (skip < audience.flight->frames.size()) delivery_(reader, *audience.flight, skip);
  }
  return audience.handed_out >= audience.readers.size();
}

void Audiences::work_off(Duration slice, const std::function<Instant()>& clock) {
  const Instant start = clock();
  Instant now = start;
  for (std::size_t idle = 0; idle < busy_.size() && now < start + slice;) {
    Audience& audience = *busy_.front();
    busy_.pop_front();
    take_off(audience, now);
    if (!audience.flight) {
      ++idle;  // its window is not over
      busy_.push_back(&audience);
      continue;
    }
    idle = 0;
    if (hand_out(audience, kLook)) {
      audience.flight.reset();
      audience.handed_out = 0;
    }
    audience.is_busy = audience.flight != nullptr || !audience.batch.empty();
    if (audience.is_busy) busy_.push_back(&audience);
    now = clock();
  }
}

}  // namespace lectern::io
