package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.SocketFile;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder where control sockets usually are. */
class ControlFolderTest {
  @TempDir private Path folder;

  @Test
  void theUsualFolderIsPrivateAndWhereOthersCanGetInIsNone() throws IOException {
    ControlFolder usual =
        ControlFolder.locate(Map.of("XDG_RUNTIME_DIR", folder.toString())::get, name -> "");
    assertThat(usual.path()).isEqualTo(folder.resolve("atoll"));
    assertThat(usual.sockets()).isEmpty();
    usual.prepare();
    usual.prepare();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(usual.path())))
        .isEqualTo("rwx------");
    Files.setPosixFilePermissions(usual.path(), PosixFilePermissions.fromString("rwxr-x---"));
    assertThatThrownBy(usual::prepare).hasMessageContaining("is open to others");
  }

  @Test
  void withoutARuntimeFolderItIsInTheCache() {
    assertThat(
            ControlFolder.locate(
                    Map.of("XDG_CACHE_HOME", "/c", "XDG_RUNTIME_DIR", "r")::get, name -> "")
                .path())
        .isEqualTo(Path.of("/c/atoll/run"));
  }

  @Test
  void onlyTheSocketsOfSystemsThatRunAreListed() throws IOException {
    ControlFolder here = new ControlFolder(folder);
    Path dead = here.place("a b/c", 7);
    assertThat(dead).isEqualTo(folder.resolve("a_b_c-7.sock"));
    try (ServerSocketChannel killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      killed.bind(UnixDomainSocketAddress.of(dead));
    }
    Path live = here.place("x".repeat(99), 8);
    Files.writeString(folder.resolve("other.sock"), "");
    try (SocketFile socket = SocketFile.listen(live)) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(here.liveSockets()).containsExactly(live);
    }
    assertThat(dead).doesNotExist();
  }
}
