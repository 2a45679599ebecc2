/** A running system, reached from outside: the control socket, both ends of it. */
module atoll.server {
  requires atoll.host;
  requires atoll.engine;
  requires atoll.kernel;
  requires atoll.device;
  requires atoll.virtio;
  requires atoll.vmm;
  requires atoll.net;
  requires atoll.console;
  requires atoll.image;
  requires atoll.report;
  requires atoll.scenario;
  requires atoll.trust;
  requires atoll.manager;
  requires com.fasterxml.jackson.core;

  exports atoll.server to
      atoll.front;
}
