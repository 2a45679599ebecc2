package atoll.host;

import java.util.List;

/** The JDK's sockets and selectors. */
public final class HostChannels {
  /** Which provider of selectors the JDK takes without a search ({@code SelectorProvider}). */
  private static final String CHOICE = "java.nio.channels.spi.SelectorProvider";

  /** Its own, of Linux and of macOS. */
  private static final List<String> OWN =
      List.of("sun.nio.ch.EPollSelectorProvider", "sun.nio.ch.KQueueSelectorProvider");

  private HostChannels() {}

  /**
   * Has the JDK take its own provider, as it does if no library brings another: none of Atoll's
   * does. The search opens every jar, which is 4 % of a second start (ADR 143). For a process that
   * is Atoll's alone, before the first socket.
   */
  public static void useOwn() {
    if (System.getProperty(CHOICE) == null) {
      OWN.stream()
          .filter(HostChannels::isThere)
          .findFirst()
          .ifPresent(provider -> System.setProperty(CHOICE, provider));
    }
  }

  private static boolean isThere(String provider) {
    try {
      Class<?> ignored = Class.forName(provider, false, null);
      return true;
    } catch (ClassNotFoundException e) {
      return false; // of another host, or another JDK
    }
  }
}
