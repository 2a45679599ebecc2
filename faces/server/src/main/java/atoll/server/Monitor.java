package atoll.server;

import java.util.List;

/** The monitor's commands, as a person types them. */
@FunctionalInterface
public interface Monitor {
  /**
   * Performs a command of one word or more.
   *
   * @return lines for the person
   * @throws atoll.image.RefusedException if there is no such command, or it cannot be done; the
   *     exceptions of {@link atoll.manager.Manager#perform} too
   */
  List<String> perform(List<String> words);
}
