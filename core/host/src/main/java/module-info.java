/** Every foreign call of the project: mappings, raw memory, host clock. */
module atoll.host {
  // Signals.
  requires jdk.unsupported;

  exports atoll.host to
      atoll.verify,
      atoll.memory,
      atoll.engine,
      atoll.kernel,
      atoll.device,
      atoll.virtio,
      atoll.vmm,
      atoll.line,
      atoll.nbd,
      atoll.disk,
      atoll.share,
      atoll.display,
      atoll.net,
      atoll.console,
      atoll.image,
      atoll.keys,
      atoll.migration,
      atoll.debug,
      atoll.snapshot,
      atoll.codestore,
      atoll.scenario,
      atoll.trust,
      atoll.manager,
      atoll.api,
      atoll.server,
      atoll.script,
      atoll.front,
      atoll.app;
}
