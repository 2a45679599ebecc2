/** Virtual machines by configuration: lifecycle, images. */
module atoll.manager {
  requires transitive atoll.host;
  requires transitive atoll.memory;
  requires transitive atoll.engine;
  requires transitive atoll.kernel;
  requires transitive atoll.device;
  requires transitive atoll.virtio;
  requires transitive atoll.vmm;
  requires transitive atoll.backend;
  // What Bouncy Castle writes its debugging messages to.
  requires java.logging;
  requires java.management;
  requires java.net.http;
  requires com.fasterxml.jackson.core;
  requires org.apache.commons.compress;
  requires org.snakeyaml.engine;
  requires org.tukaani.xz;
  // Only ArchiveKeys uses it, which takes it from the class path:
  // docs/adr/0047-signatures-by-bouncy-castle.md
  requires static org.bouncycastle.pg;

  exports atoll.manager;
}
