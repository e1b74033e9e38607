#include "server/store_link.h"

#include "server/log.h"
#include "store/codec.h"

#include <utility>
#include <variant>

namespace lectern::server {
namespace {

constexpr Duration kReconnectPeriod = Duration::milliseconds(100);

}  // namespace

StoreLink::StoreLink(io::UvLoop& loop, std::filesystem::path socket, Handlers handlers)
    : loop_(loop),
      socket_(std::move(socket)),
      handlers_(std::move(handlers)),
      reconnect_(loop, [this] { connect(); }) {}

void StoreLink::connect() {
  if (std::exchange(is_lost_, false)) {
    channel_.reset();
    handlers_.on_gone();
  }
  auto socket = io::UnixChannel::connect(socket_);
  if (!socket) {
    return reconnect_.arm(kReconnectPeriod);
  }
  channel_ = std::make_unique<io::UnixChannel>(
      loop_, *std::move(socket), store::kMaxRecord,
      io::UnixChannel::Handlers{.on_record = [this](std::string_view record) { on_record(record); },
                                .on_closed = [this] { on_closed(); }});
}

void StoreLink::on_record(std::string_view record) {
  const auto message = store::decode_from_store(record);
  if (!message) {
    log::warn("store.malformed", {{"bytes", record.size()}});
    return channel_->close();
  }
  const auto* welcome = std::get_if<store::Welcome>(&*message);
  if (welcome != nullptr && welcome->schema != store::kSchema) {
    // Until the supervisor has started both of the same build.
    log::error("store.schema", {{"ours", store::kSchema}, {"theirs", welcome->schema}});
    return channel_->close();
  }
  handlers_.on_message(*message);
}

void StoreLink::on_closed() {
  log::warn("store.lost");
  is_lost_ = true;
  reconnect_.arm(kReconnectPeriod);
}

void StoreLink::send(const store::ToStore& message) {
  if (channel_ && !is_lost_) {
    channel_->send(store::encode(message));
  }
}

}  // namespace lectern::server
