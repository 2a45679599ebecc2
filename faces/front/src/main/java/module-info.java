/** Command line. */
module atoll.front {
  requires transitive atoll.isa;
  requires transitive atoll.host;
  requires transitive atoll.engine;
  requires transitive atoll.kernel;
  requires transitive atoll.device;
  requires transitive atoll.vmm;
  requires transitive atoll.backend;
  requires transitive atoll.manager;
  requires info.picocli;
  requires com.fasterxml.jackson.core;

  exports atoll.front;

  opens atoll.front to
      info.picocli;
}
