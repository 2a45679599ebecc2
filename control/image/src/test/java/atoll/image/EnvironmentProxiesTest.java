package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EnvironmentProxiesTest {
  private static String proxy(Map<String, String> environment, String uri) {
    Proxy proxy =
        EnvironmentProxies.of(environment::get).orElseThrow().select(URI.create(uri)).getFirst();
    return proxy.type() == Proxy.Type.DIRECT
        ? "direct"
        : ((InetSocketAddress) proxy.address()).getHostString()
            + ":"
            + ((InetSocketAddress) proxy.address()).getPort();
  }

  @Test
  void eachSchemeHasItsOwn() {
    Map<String, String> environment =
        Map.of("http_proxy", "http://p.example:3128/", "HTTPS_PROXY", "q.example:8080");
    assertThat(proxy(environment, "http://mirror.example/")).isEqualTo("p.example:3128");
    assertThat(proxy(environment, "https://mirror.example/")).isEqualTo("q.example:8080");
  }

  @Test
  void someHostsAreReachedDirectly() {
    Map<String, String> environment =
        Map.of("http_proxy", "p.example:1", "no_proxy", "localhost, .corp.example");
    assertThat(proxy(environment, "http://localhost/")).isEqualTo("direct");
    assertThat(proxy(environment, "http://mirror.corp.example/")).isEqualTo("direct");
    assertThat(proxy(environment, "http://notcorp.example/")).isEqualTo("p.example:1");
  }

  @Test
  void withoutAnyJavaDecides() {
    assertThat(EnvironmentProxies.of(Map.of("http_proxy", "")::get)).isEmpty();
  }
}
