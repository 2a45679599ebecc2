package atoll.host;

import java.util.Objects;
import java.util.function.Function;

/**
 * What makes one run of a machine differ from the next, besides the clock: handed to those that
 * need it, who make nothing of the kind themselves. So a test, or a run that is to be repeated, has
 * other ones.
 *
 * @param timers makes timers of a platform's clock
 * @param tasks where work is done that its caller cannot wait for
 * @param entropy randomness
 */
public record Effects(Function<PlatformClock, Timers> timers, Tasks tasks, EntropySource entropy) {
  public Effects {
    Objects.requireNonNull(timers, "timers");
    Objects.requireNonNull(tasks, "tasks");
    Objects.requireNonNull(entropy, "entropy");
  }

  /** The host's. */
  public static Effects host() {
    return host(new HostEntropy());
  }

  /** The host's, but for the randomness. */
  public static Effects host(EntropySource entropy) {
    return new Effects(HostTimers::new, new HostTasks(), entropy);
  }

  /** The same, with a randomness that no other machine has. */
  public Effects ofMachine() {
    return new Effects(timers, tasks, entropy.another());
  }
}
