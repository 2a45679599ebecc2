package atoll.manager;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageOptions;
import atoll.disk.ImageTool;
import atoll.image.GuestProgram;
import atoll.scenario.Guest;
import atoll.scenario.Scenario;
import atoll.scenario.VmDescription;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What another host says of disks that are here. */
class SharedDisksTest {
  private static final String MARK = ".atoll-move-7";

  @TempDir Path folder;
  private Path lent;

  @BeforeEach
  void somethingIsLent() throws Exception {
    lent = Files.createDirectory(folder.resolve("lent"));
    Path ignored = Files.createFile(lent.resolve(MARK));
    Path unusedSecret = Files.write(folder.resolve("secret"), new byte[512]);
    Path unusedDisk = Files.write(lent.resolve("d.img"), new byte[512]);
  }

  private void require(Path disk, String mark) {
    VmDescription vm =
        VmDescription.builder("vm", new Guest.Program(GuestProgram.HELLO, "")).build();
    SavedSystem.Disk known =
        new SavedSystem.Disk(
            "vm/disk0",
            DiskLocation.of(disk),
            Optional.empty(),
            false,
            512,
            Optional.empty(),
            Optional.empty(),
            List.of(),
            List.of());
    SharedDisks.requireHere(
        new SavedSystem(Scenario.of(vm), List.of(), List.of(), List.of(known), List.of()),
        List.of(new MovedSystem.Shared("vm/disk0", mark)),
        new LentFiles(List.of(lent)));
  }

  @Test
  void aDiskInALentFolderWithTheMarkIsHere() {
    assertThatCode(() -> require(lent.resolve("d.img"), MARK)).doesNotThrowAnyException();
  }

  @Test
  void aFolderOfTheSameNameIsNotTheSameFolder() {
    assertThatThrownBy(() -> require(lent.resolve("d.img"), ".atoll-move-8"))
        .hasMessageContaining("is another folder")
        .hasMessageContaining("without --shared");
  }

  @Test
  void noNameLeadsOutOfWhatIsLent() throws Exception {
    assertThatThrownBy(() -> require(folder.resolve("secret"), MARK))
        .hasMessageContaining("lends that to nobody");
    Path ignored = Files.createSymbolicLink(lent.resolve("link.img"), folder.resolve("secret"));
    assertThatThrownBy(() -> require(lent.resolve("link.img"), MARK))
        .hasMessageContaining("lends that to nobody");
    assertThatThrownBy(() -> new MovedSystem.Shared("vm/disk0", "../secret"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anImageCannotNameAFileThatIsNotLent() {
    long ignored =
        ImageTool.create(
            lent.resolve("over.qcow2"),
            OptionalLong.empty(),
            ImageOptions.usual(DiskFormat.QCOW2)
                .over(folder.resolve("secret").toString(), DiskFormat.RAW));
    assertThatThrownBy(() -> require(lent.resolve("over.qcow2"), MARK))
        .hasMessageContaining("secret")
        .hasMessageContaining("lends that to nobody");
  }

  @Test
  void aDiskThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> require(lent.resolve("none.img"), MARK))
        .hasMessageContaining("none.img");
  }
}
