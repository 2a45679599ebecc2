/** What guests boot from: fetched, verified and kept. */
module atoll.image {
  requires atoll.host;
  requires atoll.vmm;
  requires atoll.disk;
  // What Bouncy Castle writes its debugging messages to.
  requires java.logging;
  requires java.net.http;
  requires com.fasterxml.jackson.core;
  requires org.apache.commons.compress;
  requires org.tukaani.xz;
  requires com.github.luben.zstd_jni;
  // Only ArchiveKeys uses it, which takes it from the class path:
  // docs/adr/0047-signatures-by-bouncy-castle.md
  requires static org.bouncycastle.pg;

  exports atoll.image to
      atoll.keys,
      atoll.debug,
      atoll.snapshot,
      atoll.scenario,
      atoll.trust,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.script,
      atoll.front;

  opens atoll.image to
      atoll.state;
}
