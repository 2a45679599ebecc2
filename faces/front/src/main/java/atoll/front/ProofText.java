package atoll.front;

import java.io.PrintStream;
import java.util.List;

/** What the proof of something that is kept has shown. */
final class ProofText {
  private ProofText() {}

  /**
   * Prints it.
   *
   * @param wrong a sentence each
   * @param sound what is said if there are none
   * @return the exit code
   */
  static int print(List<String> wrong, String sound, PrintStream out, PrintStream err) {
    if (wrong.isEmpty()) {
      out.println(sound);
      return ExitCode.SUCCESS;
    }
    wrong.forEach(each -> err.println("atoll: " + each));
    return ExitCode.TROUBLE;
  }
}
