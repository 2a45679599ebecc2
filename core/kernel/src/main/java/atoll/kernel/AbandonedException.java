package atoll.kernel;

/**
 * Thrown in a thread that comes back from code outside Atoll and that nobody waits for any more:
 * its vCPU and maybe its machine are gone.
 */
public final class AbandonedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  AbandonedException(String vcpu) {
    super(vcpu + " was abandoned");
  }
}
