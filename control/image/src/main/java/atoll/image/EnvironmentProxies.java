package atoll.image;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The HTTP proxies that command-line programs agree on: {@code http_proxy}, {@code https_proxy} and
 * {@code no_proxy}, in lower or upper case. Java by itself does not look at them.
 */
final class EnvironmentProxies extends ProxySelector {
  private final UnaryOperator<String> environment;

  private EnvironmentProxies(UnaryOperator<String> environment) {
    this.environment = environment;
  }

  /** A selector, if the environment names a proxy at all. */
  static Optional<ProxySelector> of(UnaryOperator<String> environment) {
    EnvironmentProxies proxies = new EnvironmentProxies(environment);
    boolean any =
        proxies.variable("http_proxy").isPresent() || proxies.variable("https_proxy").isPresent();
    return any ? Optional.of(proxies) : Optional.empty();
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.apply(name))
        .or(() -> Optional.ofNullable(environment.apply(name.toUpperCase(Locale.ROOT))))
        .filter(value -> !value.isBlank());
  }

  @Override
  public List<Proxy> select(URI uri) {
    return variable(uri.getScheme() + "_proxy")
        .filter(proxy -> !excluded(uri.getHost()))
        .flatMap(EnvironmentProxies::proxy)
        .map(List::of)
        .orElse(List.of(Proxy.NO_PROXY));
  }

  private boolean excluded(String host) {
    return variable("no_proxy").stream()
        .flatMap(names -> Arrays.stream(names.split(",", -1)))
        .map(name -> name.strip().replaceFirst("^\\*?\\.", ""))
        .anyMatch(name ->
            !name.isEmpty()
                && (name.equals("*") || host.equals(name) || host.endsWith("." + name)));
  }

  private static Optional<Proxy> proxy(String address) {
    try {
      URI uri = URI.create(address.contains("://") ? address : "http://" + address);
      int port = uri.getPort() < 0 ? 80 : uri.getPort();
      return Optional.ofNullable(uri.getHost())
          .map(host -> new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(host, port)));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {}
}
