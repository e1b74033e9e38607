// WebSockets of pages ([P30]..[P39]): hello, rates, renewal of tokens, and what becomes of the
// silent ones. What a page says once it is in its class goes to the desk.
#pragma once

#include "signaling/gate/tables.h"

#include <string_view>
#include <vector>

namespace lectern::signaling {

void open_page(const GateTurn& turn, ConnectionId connection, const WsPeer& peer);
// The connection is over, whoever has closed it.
void forget_page(const GateTurn& turn, ConnectionId connection);
void handle_page_text(const GateTurn& turn, ConnectionId connection, std::string_view text);
// [P121] No binary message is known yet: it is counted, and ignored like an unknown type.
void handle_page_binary(const GateTurn& turn, ConnectionId connection, std::string_view message);

// Reads again what has waited for a class to become known ([P51]).
void retry_waiting(const GateTurn& turn);

// Closes silent connections ([P31], [P33]), renews tokens ([P23]); each second.
void tick_pages(const GateTurn& turn);

// [P96] The server stops: pages come back to the one that follows.
void close_all_pages(const GateTurn& turn);
// Pages whose class has ended get an error and are closed.
void close_pages_of_ended_class(const GateTurn& turn, const std::vector<ConnectionId>& pages);

}  // namespace lectern::signaling
