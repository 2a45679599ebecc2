package atoll.manager;

import java.util.List;

/**
 * What there is to say of a system that has been closed.
 *
 * @param losses what could not be written about it, a sentence each
 */
public record SystemEnd(List<String> losses) {
  public SystemEnd {
    losses = List.copyOf(losses);
  }
}
