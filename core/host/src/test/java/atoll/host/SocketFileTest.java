package atoll.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unix sockets in the file system, which only their user can reach. */
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
          .isInstanceOf(IOException.class)
          .hasMessage("a program listens there already");
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
          .isInstanceOf(IOException.class)
          .hasMessage("there is something else with that name");
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
}
