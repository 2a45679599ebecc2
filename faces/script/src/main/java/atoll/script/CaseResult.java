package atoll.script;

import atoll.scenario.TestScript;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What came of a case.
 *
 * @param script that it is from
 * @param of the case
 * @param took of the host's time
 * @param guestTook of guest time; nothing if there was no system
 * @param failure if it has not passed
 */
public record CaseResult(
    TestScript script,
    TestScript.Case of,
    Duration took,
    Duration guestTook,
    Optional<Failure> failure) {
  /**
   * Why a case has not passed.
   *
   * @param line of the file, from 1
   * @param step in a few words; empty if it was none
   * @param message one sentence, or some lines
   * @param tail the end of the console; may be empty
   * @param error whether the case could not be done: a fault of the script or the host
   */
  public record Failure(int line, String step, String message, String tail, boolean error) {
    public Failure {
      Objects.requireNonNull(step, "step");
      Objects.requireNonNull(message, "message");
      Objects.requireNonNull(tail, "tail");
    }
  }

  public CaseResult {
    Objects.requireNonNull(script, "script");
    Objects.requireNonNull(of, "of");
    Objects.requireNonNull(took, "took");
    Objects.requireNonNull(guestTook, "guestTook");
    Objects.requireNonNull(failure, "failure");
  }

  /** Whether it has passed. */
  public boolean passed() {
    return failure.isEmpty();
  }
}
