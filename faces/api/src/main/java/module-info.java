/**
 * Atoll as a library: systems of virtual machines inside a program or a test. Nothing of the
 * modules below shows, but for what devices of a program's own are written against.
 */
module atoll.api {
  requires atoll.host;
  requires atoll.kernel;
  requires transitive atoll.peripheral;
  requires atoll.device;
  requires atoll.vmm;
  requires atoll.disk;
  requires atoll.net;
  requires atoll.display;
  requires atoll.console;
  requires atoll.image;
  requires atoll.report;
  requires atoll.scenario;
  requires atoll.manager;

  exports atoll.api;
}
