package atoll.kernel;

/** Is told that a domain has failed: its monitor's keeper. */
@FunctionalInterface
public interface DomainListener {
  /**
   * Told once, on the thread of the vCPU at fault; must return soon. If it throws, as for want of
   * memory, it is told again later.
   *
   * @param reason one sentence for a person
   * @param cause what was thrown
   */
  void failed(ProtectionDomain domain, String reason, Throwable cause);
}
