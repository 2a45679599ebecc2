/** Virtual machines by configuration: lifecycle, images. */
module atoll.manager {
  requires atoll.state;
  requires atoll.isa;
  requires atoll.host;
  requires atoll.memory;
  requires atoll.engine;
  requires atoll.kernel;
  requires atoll.peripheral;
  requires atoll.device;
  requires atoll.virtio;
  requires atoll.vmm;
  requires atoll.line;
  requires atoll.nbd;
  requires atoll.disk;
  requires atoll.share;
  requires atoll.net;
  requires atoll.display;
  requires atoll.console;
  requires atoll.image;
  requires atoll.report;
  requires atoll.keys;
  requires atoll.migration;
  requires atoll.debug;
  requires atoll.snapshot;
  requires atoll.codestore;
  requires atoll.scenario;
  requires atoll.trust;
  requires java.management;
  requires com.fasterxml.jackson.core;

  exports atoll.manager to
      atoll.api,
      atoll.server,
      atoll.front;

  opens atoll.manager to
      atoll.state;
}
