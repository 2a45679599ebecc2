package atoll.vmm;

/** What an SBI call returns in a0 (SBI §3, table 1). */
enum SbiError {
  SUCCESS(0),
  FAILED(-1),
  NOT_SUPPORTED(-2),
  INVALID_PARAM(-3),
  DENIED(-4),
  INVALID_ADDRESS(-5),
  ALREADY_AVAILABLE(-6),
  ALREADY_STARTED(-7),
  ALREADY_STOPPED(-8),
  NO_SHMEM(-9);

  final long code;

  SbiError(long code) {
    this.code = code;
  }
}
