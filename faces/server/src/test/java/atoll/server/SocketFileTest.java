package atoll.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Control sockets in the file system, and the folder where they usually are. */
class SocketFileTest {
  @TempDir private Path folder;

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  /** As a killed process leaves it. */
  private void leave(Path path) throws IOException {
    try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      dead.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
  }

  @Test
  void itIsPrivateAndLeavesNothingBehind() throws IOException {
    Path path = folder.resolve("s");
    try (SocketFile socket = SocketFile.listen(path)) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(names()).containsExactly("s");
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void oneThatAKilledProcessHasLeftIsReplaced() throws IOException {
    Path path = folder.resolve("s");
    leave(path);
    try (SocketFile socket = SocketFile.listen(path)) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(SocketFile.live(path)).isTrue();
      assertThat(names()).containsExactly("s");
    }
  }

  @Test
  void oneThatIsInUseIsRefusedAndStaysInUse() throws IOException {
    Path path = folder.resolve("s");
    try (SocketFile first = SocketFile.listen(path)) {
      assertThatThrownBy(() -> SocketFile.listen(path))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("a program listens there already; give another with --control");
      assertThat(first.channel().isOpen()).isTrue();
      assertThat(SocketFile.live(path)).isTrue();
    }
    assertThat(names()).isEmpty();
  }

  @Test
  void whatIsNoSocketIsNotTouched() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "kept");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("nowhere"));
    for (Path path : List.of(file, link, Files.createDirectory(folder.resolve("folder")))) {
      assertThatThrownBy(() -> SocketFile.listen(path))
          .isInstanceOf(HostException.class)
          .hasMessageContaining("there is something else with that name");
    }
    assertThat(file).hasContent("kept");
    assertThat(names()).containsExactly("file", "folder", "link");
  }

  @Test
  void anotherOnesSocketThatHasTakenTheNameStays() throws IOException {
    Path path = folder.resolve("s");
    SocketFile first = SocketFile.listen(path);
    Files.delete(path);
    try (SocketFile second = SocketFile.listen(path)) {
      first.close();
      assertThat(SocketFile.live(path)).isTrue();
      assertThat(second.channel().isOpen()).isTrue();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void namesThatCannotBeAreToldWithTheReason() {
    assertThatThrownBy(() -> SocketFile.listen(folder.resolve("x".repeat(108))))
        .hasMessageContaining("bytes with its folder, expected at most 107");
    assertThatThrownBy(() -> SocketFile.listen(folder.resolve("none/s")))
        .hasMessageContaining("there is no folder");
  }

  @Test
  void nestsOfKilledStartsAreInNobodysWay() throws IOException {
    Files.createDirectory(folder.resolve(".a0"));
    Files.writeString(folder.resolve(".a1"), "");
    try (SocketFile socket = SocketFile.listen(folder.resolve("s"))) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(names()).containsExactly(".a0", ".a1", "s");
    }
  }

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
    leave(dead);
    Path live = here.place("x".repeat(99), 8);
    Files.writeString(folder.resolve("other.sock"), "");
    try (SocketFile socket = SocketFile.listen(live)) {
      assertThat(socket.channel().isOpen()).isTrue();
      assertThat(here.liveSockets()).containsExactly(live);
    }
    assertThat(dead).doesNotExist();
  }
}
