package atoll.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkspaceTest {
  @TempDir Path temporary;

  private Path folder(String name, String... files) throws IOException {
    Path folder = Files.createDirectory(temporary.resolve(name));
    for (String file : files) {
      Files.createFile(folder.resolve(file));
    }
    return folder;
  }

  @Test
  void whatAProcessHasLeftThatWasKilledGoesWithTheNext() throws IOException {
    Path left = folder("atoll-1", "lock", "disk.qcow2");
    Path other = folder("atoll-of-others", "disk.qcow2");
    Path elsewhere = folder("work", "lock", "precious");
    Path link = Files.createSymbolicLink(temporary.resolve("atoll-link"), elsewhere);
    Workspace first = new Workspace(temporary);
    Path file = first.file("a", new byte[1]);
    assertThat(left).doesNotExist();
    assertThat(other.resolve("disk.qcow2")).exists(); // it has never been locked
    assertThat(link).exists();
    assertThat(elsewhere.resolve("precious")).exists();
    Workspace second = new Workspace(temporary);
    assertThat(second.file("a", new byte[2])).isNotEqualTo(file).hasSize(2);
    assertThat(file).hasSize(1); // in use, by this process
    first.delete();
    second.delete();
    assertThat(file.getParent()).doesNotExist();
  }

  @Test
  void partsHaveFilesOfTheSameNameBesideEachOther() {
    Workspace whole = new Workspace(temporary);
    Path one = whole.part("one").file("disk");
    Path two = whole.part("two").file("disk");
    assertThat(one).isNotEqualTo(two);
    assertThat(one.getParent()).isEqualTo(two.getParent()).exists();
    whole.delete();
    assertThat(temporary).isEmptyDirectory();
  }

  @Test
  void anInterruptedThreadDoesNotBegin() {
    Workspace work = new Workspace(temporary);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> work.file("a")).isInstanceOf(InterruptedWaitException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(temporary).isEmptyDirectory();
  }
}
