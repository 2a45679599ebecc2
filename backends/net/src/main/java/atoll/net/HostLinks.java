package atoll.net;

import java.util.function.Consumer;

/** What a network uses of the host that Java's own classes do not give; a test has others. */
interface HostLinks {
  /**
   * What leads to an interface of the host.
   *
   * @param notices told what is left to do for it
   * @throws atoll.host.HostException if it is not to be had
   */
  Cable cable(TapSettings settings, Consumer<String> notices);

  /**
   * What leads to the far side.
   *
   * @param notices told when that comes and goes
   * @param carrier told whether it is there
   * @throws atoll.host.HostException if it cannot be listened for
   */
  Cable cable(FarSettings settings, Consumer<String> notices, Consumer<Boolean> carrier);

  /**
   * What guests' echoes go by.
   *
   * @param wake tells the network that something has come
   */
  EchoHost echoes(Runnable wake);
}
