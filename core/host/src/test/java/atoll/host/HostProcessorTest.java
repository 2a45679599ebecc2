package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class HostProcessorTest {
  @Test
  void whatNoProcessorHasIsLacking() {
    assertThat(HostProcessor.lacks(List.of("no-such-feature"))).containsExactly("no-such-feature");
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, architectures = "amd64")
  void whatEveryX64ProcessorHasIsThere() {
    assertThat(HostProcessor.lacks(List.of("sse2", "cx8"))).isEmpty();
  }
}
