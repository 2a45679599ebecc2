package atoll.junit;

import atoll.api.AtollException;
import atoll.api.AtollSystem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The systems of a test or of a class; JUnit closes them with its store. Thread-safe. */
final class Systems implements AutoCloseable {
  private final Map<Object, AtollSystem> systems = new LinkedHashMap<>();

  /** The system that is wished for, started if it is not there. */
  synchronized AtollSystem get(Wish wish) {
    AtollSystem present = systems.get(wish.key());
    if (present == null) {
      present = wish.builder().get().start();
      systems.put(wish.key(), present);
    }
    return present;
  }

  synchronized List<AtollSystem> all() {
    return List.copyOf(systems.values());
  }

  /** Closes all, the last one first; one that fails keeps no other from that. */
  @Override
  public void close() {
    List<AtollSystem> all = new ArrayList<>(all());
    AtollException first = null;
    for (AtollSystem system : all.reversed()) {
      try {
        system.close();
      } catch (AtollException e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
