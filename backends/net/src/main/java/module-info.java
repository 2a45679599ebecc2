/** Networks of virtual machines. */
module atoll.net {
  requires atoll.host;
  requires atoll.device;
  requires atoll.line;

  exports atoll.net to
      atoll.scenario,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.front;

  opens atoll.net to
      atoll.state;
}
