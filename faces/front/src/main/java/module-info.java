/** Command line. */
module atoll.front {
  requires atoll.isa;
  requires atoll.host;
  requires atoll.engine;
  requires atoll.kernel;
  requires atoll.device;
  requires atoll.virtio;
  requires atoll.vmm;
  requires atoll.nbd;
  requires atoll.line;
  requires atoll.disk;
  requires atoll.net;
  requires atoll.display;
  requires atoll.console;
  requires atoll.image;
  requires atoll.report;
  requires atoll.keys;
  requires atoll.debug;
  requires atoll.snapshot;
  requires atoll.scenario;
  requires atoll.trust;
  requires atoll.manager;
  requires atoll.server;
  requires atoll.script;
  requires info.picocli;
  requires com.fasterxml.jackson.core;

  exports atoll.front to
      atoll.app;

  opens atoll.front to
      info.picocli;
}
