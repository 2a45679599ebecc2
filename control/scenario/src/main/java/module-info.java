/** What a scenario file says, and the rules that it must keep. */
module atoll.scenario {
  requires atoll.host;
  requires atoll.memory;
  requires atoll.engine;
  requires atoll.device;
  requires atoll.virtio;
  requires atoll.vmm;
  requires atoll.line;
  requires atoll.disk;
  requires atoll.net;
  requires atoll.display;
  requires atoll.console;
  requires atoll.image;
  requires atoll.debug;
  requires org.snakeyaml.engine;

  exports atoll.scenario to
      atoll.trust,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.script,
      atoll.front;

  opens atoll.scenario to
      atoll.state;
}
