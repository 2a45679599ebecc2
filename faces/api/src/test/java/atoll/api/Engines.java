package atoll.api;

import java.util.List;

/** The engines that this host has. */
final class Engines {
  private Engines() {}

  static List<String> names() {
    return atoll.scenario.Engines.names();
  }
}
