/** Connections: bytes both ways by sockets, plain or by TLS. */
module atoll.line {
  requires atoll.host;
  requires jdk.net;

  exports atoll.line to
      atoll.nbd,
      atoll.net,
      atoll.console,
      atoll.scenario,
      atoll.migration,
      atoll.manager,
      atoll.front;

  opens atoll.line to
      atoll.state;
}
