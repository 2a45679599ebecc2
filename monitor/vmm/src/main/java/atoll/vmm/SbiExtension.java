package atoll.vmm;

/** One extension of the supervisor binary interface: the hypercalls of a RISC-V guest. */
sealed interface SbiExtension
    permits SbiBase,
        SbiDbcn,
        SbiHsm,
        SbiIpi,
        SbiLegacy,
        SbiPmu,
        SbiRfence,
        SbiSrst,
        SbiTables,
        SbiTime {
  /** The name in statistics, as in the specification. */
  String name();

  /** Whether an extension number (EID) is this one's. */
  boolean covers(int extension);

  /** Serves one call, on the thread of the calling hart. */
  SbiReply call(SbiCall call);
}
