package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.disk.DiskLocation;
import atoll.disk.ImageInfo;
import atoll.disk.ImageTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FreshDiskTest {
  private static final int SIZE = 1 << 20;

  @TempDir private Path cache;
  private ImageStore store;
  private ImageFiles image;

  @BeforeEach
  void makeAnImage() throws IOException {
    store = new ImageStore(cache, Progress.SILENT);
    image = TestImages.make(store, ImageStoreTest.recipe("one"), new byte[SIZE]);
  }

  private List<Path> left() throws IOException {
    try (Stream<Path> all = Files.list(cache.resolve("images"))) {
      return all.filter(each -> each.getFileName().toString().startsWith(".run-")).toList();
    }
  }

  @Test
  void itIsOverTheImageAndGoneWhenItIsClosed() throws IOException {
    try (FreshDisk one = store.fresh(image);
        FreshDisk other = store.fresh(image)) {
      ImageInfo info = ImageTool.describe(DiskLocation.of(one.disk().disk()), Optional.empty());
      assertThat(info.size()).isEqualTo(SIZE);
      assertThat(info.fullBackingFile()).contains(DiskLocation.of(image.disk()));
      assertThat(one.disk().kernel()).isEqualTo(image.kernel());
      assertThat(other.disk().disk()).exists().isNotEqualTo(one.disk().disk());
    }
    assertThat(left()).isEmpty();
    assertThat(store.verify(image)).isEmpty();
  }

  @Test
  void whatAKilledProcessHasLeftGoesWithTheNextOne() throws IOException {
    Path killed = Files.createDirectory(cache.resolve("images/.run-1"));
    Files.writeString(killed.resolve("disk.qcow2"), "?");
    Files.createFile(killed.resolve("lock"));
    Path begun = Files.createDirectory(cache.resolve("images/.run-2"));
    try (FreshDisk one = store.fresh(image);
        FreshDisk other = store.fresh(image)) {
      assertThat(killed).doesNotExist();
      assertThat(begun).exists(); // perhaps another process is only just making it
      assertThat(one.disk().disk()).exists();
      assertThat(other.disk().disk()).exists();
    }
    assertThat(store.list()).containsExactly(image);
  }

  @Test
  void itStaysWhenItsImageIsRemoved() throws IOException {
    try (FreshDisk one = store.fresh(image)) {
      store.remove("one");
      assertThat(one.disk().disk()).exists();
    }
    assertThat(left()).isEmpty();
  }
}
