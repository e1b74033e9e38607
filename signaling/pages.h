// Pages on the WebSocket: what they say ([P30]..[P38]) and what becomes of the silent ones.
#pragma once

#include "signaling/signaling.h"
#include "signaling/tables.h"

#include <string_view>

namespace lectern::signaling {

void open_page(const Turn& turn, ConnectionId connection, const WsPeer& peer);
// The connection is over, whoever has closed it.
void forget_page(const Turn& turn, ConnectionId connection);
void handle_page_text(const Turn& turn, ConnectionId connection, std::string_view text);

// A worker has listed its sessions: what pages have claimed there is found now, or is gone ([P35]).
void resolve_claims(const Turn& turn, control::WorkerNumber worker);

// Reads again what has waited for a class to become known ([P51]).
void retry_waiting(const Turn& turn);

// Closes silent connections ([P31], [P33]), gives up claims ([P35]), renews tokens ([P23]); each
// second.
void tick_pages(const Turn& turn);

// Sends an error, closes and forgets every page of a class.
// [P96] The server stops: pages come back to the one that follows.
void close_all_pages(const Turn& turn);
void close_class_pages(const Turn& turn, std::string_view class_id);

}  // namespace lectern::signaling
