package atoll.kernel;

/**
 * The priority that a vCPU had when it asked for something that another thread does, such as a
 * disk's: who is woken by that inherits it. So a service that waits for its own device goes on with
 * the priority that its client has lent it.
 */
public final class Donor {
  private final int priority;

  private Donor(int priority) {
    this.priority = priority;
  }

  /** The one for what a vCPU asks for now. */
  public static Donor of(Vcpu vcpu) {
    return new Donor(vcpu.priority());
  }

  /** Which of two is the higher one, by comparison. */
  public int priority() {
    return priority;
  }

  /** Runs what may wake a vCPU; that one inherits the priority until it waits again. */
  public void run(Runnable action) {
    Donation.during(priority, action);
  }
}
