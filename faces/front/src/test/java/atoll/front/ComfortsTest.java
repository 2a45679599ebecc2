package atoll.front;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import atoll.host.HostException;
import atoll.scenario.ShareSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComfortsTest {
  @Test
  void aPortThatIsInUseIsPassedOver() throws IOException {
    Comforts comforts = new Comforts();
    int port = portOf(comforts);
    try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(taken.isBound()).isTrue();
      assertThat(portOf(new Comforts())).isGreaterThan(port);
    }
  }

  private static int portOf(Comforts comforts) {
    var forwards = comforts.network().nic(0).forwards();
    assumeTrue(!forwards.isEmpty(), "all ten ports are in use here");
    int port = forwards.getFirst().host().getPort();
    assertThat(comforts.told()).hasValue("ssh -p %d root@localhost".formatted(port));
    return port;
  }

  @Test
  void theFolderIsMadeAndNamed(@TempDir Path data) {
    Comforts comforts = new Comforts();
    Path folder = data.resolve("work");
    assertThat(comforts.folder(data, List.of()))
        .hasValue(new ShareSpec(folder, "work", false, Optional.of("/root/work")));
    assertThat(folder).isDirectory();
    assertThat(comforts.told()).hasValue("/root/work is %s here".formatted(folder));
  }

  @Test
  void aFolderOfTheUsersTakesItsPlace(@TempDir Path data) {
    for (ShareSpec own :
        List.of(
            new ShareSpec(data, "work", true, Optional.empty()),
            new ShareSpec(data, "other", true, Optional.of("/root/work")))) {
      Comforts comforts = new Comforts();
      assertThat(comforts.folder(data, List.of(own))).isEmpty();
      assertThat(comforts.told()).isEmpty();
    }
    assertThat(data.resolve("work")).doesNotExist();
  }

  @Test
  void aFolderThatCannotBeMadeIsOneSentence(@TempDir Path data) throws IOException {
    Files.createFile(data.resolve("work"));
    assertThatThrownBy(() -> new Comforts().folder(data, List.of()))
        .isInstanceOf(HostException.class)
        .hasMessageContaining(data.resolve("work").toString())
        .hasMessageContaining("--isolated");
  }
}
