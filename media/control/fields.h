// The members of every message, listed once: the codec's Writer and Reader are both made from this.
// Included by codec.cpp only.
#pragma once

#include "media/control/messages.h"

#include <concepts>
#include <type_traits>

namespace lectern::control {

// Const when it is written, not when it is read.
template <typename T, typename U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

void fields(auto& io, Is<CreateSession> auto& m) {
  io("request", m.request);
  io("class", m.class_id);
  io("role", m.role);
  io("offer", m.offer);
  io("owner", m.owner);
}
void fields(auto& io, Is<PatchSession> auto& m) {
  io("request", m.request);
  io("session", m.session);
  io("content", m.content);
  io("if_match", m.if_match);
}
void fields(auto& io, Is<DeleteSession> auto& m) {
  io("request", m.request);
  io("session", m.session);
}
void fields(auto& io, Is<OpenLeg> auto& m) {
  io("class", m.class_id);
  io.leg("leg", m.leg);
  io("destination", m.destination);
}
void fields(auto& io, Is<AcceptLeg> auto& m) {
  io("class", m.class_id);
  io.leg("leg", m.leg);
  io("source", m.source);
}
void fields(auto& io, Is<CloseLeg> auto& m) {
  io.leg("leg", m.leg);
}
void fields(auto& io, Is<LimitTier> auto& m) {
  io("session", m.session);
  io("limit", m.limit);
  io("max_height", m.max_height);
}
void fields(auto& io, Is<Drain> auto& m) {
  io("has_refuge", m.has_refuge);
}

void fields(auto& io, Is<SessionEntry> auto& m) {
  io("id", m.id);
  io("class", m.class_id);
  io("role", m.role);
  io("phase", m.phase);
  io("owner", m.owner);
  io("etag", m.etag);
}
void fields(auto& io, Is<Hello> auto& m) {
  io("schema", m.schema);
  io("kind", m.kind);
  io("worker", m.worker);
  io("pid", m.pid);
  io("media_endpoints", m.media_endpoints);
  io("leg_endpoint", m.leg_endpoint);
  io("fingerprint", m.fingerprint);
  io("sessions", m.sessions);
  io("more", m.more);
}
void fields(auto& io, Is<SessionList> auto& m) {
  io("sessions", m.sessions);
  io("more", m.more);
}
void fields(auto& io, Is<SessionCreated> auto& m) {
  io("request", m.request);
  io("session", m.session);
  io("answer", m.answer);
  io("etag", m.etag);
}
void fields(auto& io, Is<SessionRefused> auto& m) {
  io("request", m.request);
  io("code", m.code);
  io("detail", m.detail);
  io("retry_after", m.retry_after);
}
void fields(auto& io, Is<SessionPatched> auto& m) {
  io("request", m.request);
  io("content", m.content);
  io("etag", m.etag);
}
void fields(auto& io, Is<SessionDeleted> auto& m) {
  io("request", m.request);
}
void fields(auto& io, Is<SessionState> auto& m) {
  io("session", m.session);
  io("class", m.class_id);
  io("role", m.role);
  io("phase", m.phase);
  io("reason", m.reason);
}
void fields(auto& io, Is<EncodingState> auto& m) {
  io("height", m.height);
  io("fps", m.fps);
  io("kbps", m.kbps);
}
void fields(auto& io, Is<TrackState> auto& m) {
  io("active", m.active);
  io("codec", m.codec);
  io("encodings", m.encodings);
}
void fields(auto& io, Is<SourceState> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("audio", m.tracks[0]);
  io("video", m.tracks[1]);
  io("screen", m.tracks[2]);
}
void fields(auto& io, Is<SourceDemand> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("camera", m.camera);
  io("screen", m.screen);
}
void fields(auto& io, Is<Unusable> auto& m) {
  io("class", m.class_id);
  io("session", m.session);
  io("track", m.track);
  io("reason", m.reason);
}
void fields(auto& io, Is<TrackTime> auto& m) {
  io("track", m.track);
  io("height", m.height);
  io("rtp", m.rtp);
  io("at_us", m.at_us);
}
void fields(auto& io, Is<MediaTimes> auto& m) {
  io("class", m.class_id);
  io("tracks", m.tracks);
}
void fields(auto& io, Is<SessionRung> auto& m) {
  io("session", m.session);
  io("rung", m.rung);
  io("fps", m.fps);
  io("reason", m.reason);
}
void fields(auto& io, Is<RungCount> auto& m) {
  io("rung", m.rung);
  io("viewers", m.viewers);
}
void fields(auto& io, Is<Audience> auto& m) {
  io("class", m.class_id);
  io("rungs", m.rungs);
}
void fields(auto& io, Is<LegRefused> auto& m) {
  io.leg("leg", m.leg);
  io("class", m.class_id);
  io("reason", m.reason);
}
void fields(auto& io, Is<Counter> auto& m) {
  io("name", m.name);
  io("label", m.label);
  io("value", m.value);
  io("count", m.count);
}
void fields(auto& io, Is<Load> auto& m) {
  io("viewers", m.viewers);
  io("publishers", m.publishers);
  io("egress_bps", m.egress_bps);
  io("ingress_bps", m.ingress_bps);
  io("packets_per_s", m.packets_per_s);
  io("loop_delay_us_p99", m.loop_delay_us_p99);
  io("counters", m.counters);
}
void fields(auto& /*io*/, Is<Alive> auto& /*m*/) {}
void fields(auto& /*io*/, Is<Draining> auto& /*m*/) {}
void fields(auto& io, Is<Clock> auto& m) {
  io("class_time_us", m.class_time_us);
}
void fields(auto& io, Is<Unwelcome> auto& m) {
  io("reason", m.reason);
}

}  // namespace lectern::control
