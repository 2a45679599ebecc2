package atoll.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModuleSetTest {
  @TempDir private Path folder;
  private final Map<String, Path> files = new HashMap<>();

  @Test
  void aModuleComesAfterWhatItNeeds() throws IOException {
    add("ext4.ko.xz", DebBuilder.xz(ModuleBuilder.module("depends=jbd2,mbcache", "alias=fs-ext4")));
    add("jbd2.ko", ModuleBuilder.module("license=GPL", "depends="));
    add("mbcache.ko", ModuleBuilder.module("depends="));
    add("unrelated.ko", ModuleBuilder.module("depends="));
    ModuleSet set = ModuleSet.closure(List.of("ext4"), Set.of(), files);
    assertThat(set.inOrder())
        .extracting(KernelModule::name)
        .containsExactly("jbd2", "mbcache", "ext4");
    assertThat(set.dependencies())
        .isEqualTo("jbd2.ko:\nmbcache.ko:\next4.ko.xz: mbcache.ko jbd2.ko\n");
    assertThat(set.aliases()).isEqualTo("alias fs-ext4 ext4\n");
  }

  @Test
  void softDependenciesCountAndHyphensAreUnderscores() throws IOException {
    add("virtio-rng.ko", ModuleBuilder.module("depends=rng-core", "softdep=pre: entropy-pool"));
    add("rng-core.ko", ModuleBuilder.module("depends="));
    add("entropy_pool.ko", ModuleBuilder.module("depends="));
    assertThat(ModuleSet.closure(List.of("virtio_rng"), Set.of(), files).inOrder())
        .extracting(KernelModule::name)
        .containsExactly("rng_core", "entropy_pool", "virtio_rng");
  }

  @Test
  void whatIsBuiltIntoTheKernelIsLeftOut() throws IOException {
    add("vfat.ko", ModuleBuilder.module("depends=fat"));
    ModuleSet set = ModuleSet.closure(List.of("vfat", "virtio_console"), Set.of(), files);
    assertThat(set.dependencies()).isEqualTo("vfat.ko:\n");
  }

  @Test
  void whatIsNeededIndirectlyIsListedTooTheFirstToInsertLast() throws IOException {
    add("virtio_net.ko", ModuleBuilder.module("depends=net_failover"));
    add("net_failover.ko", ModuleBuilder.module("depends=failover"));
    add("failover.ko", ModuleBuilder.module("depends="));
    assertThat(ModuleSet.closure(List.of("virtio_net"), Set.of(), files).dependencies())
        .isEqualTo(
            """
            failover.ko:
            net_failover.ko: failover.ko
            virtio_net.ko: net_failover.ko failover.ko
            """);
  }

  @Test
  void diamondsAreInsertedOnceAndInOrder() throws IOException {
    add("top.ko", ModuleBuilder.module("depends=left,base,right"));
    add("left.ko", ModuleBuilder.module("depends=base"));
    add("right.ko", ModuleBuilder.module("depends=base,left"));
    add("base.ko", ModuleBuilder.module("depends="));
    ModuleSet set = ModuleSet.closure(List.of("top"), Set.of(), files);
    assertThat(set.dependencies()).endsWith("top.ko: right.ko left.ko base.ko\n");
    assertThat(set.inOrder())
        .extracting(KernelModule::name)
        .containsExactly("base", "left", "right", "top");
  }

  @Test
  void aSoftDependencyMayBeAnAliasAndMayComeAfter() throws IOException {
    add(
        "ext4.ko",
        ModuleBuilder.module("softdep=pre: crypto-crc32c post: later absent", "depends="));
    add("crc32c_generic.ko", ModuleBuilder.module("alias=crypto-crc32c", "depends="));
    add("later.ko", ModuleBuilder.module("depends=ext4"));
    ModuleSet set = ModuleSet.closure(List.of("ext4", "crc32c_generic"), Set.of(), files);
    assertThat(set.dependencies())
        .isEqualTo(
            "crc32c_generic.ko:\next4.ko: crc32c_generic.ko\nlater.ko: ext4.ko crc32c_generic.ko\n");
  }

  @Test
  void aSoftDependencyGivesWayInACircle() throws IOException {
    add("a.ko", ModuleBuilder.module("softdep=pre: b", "depends="));
    add("b.ko", ModuleBuilder.module("softdep=pre: c", "depends=a"));
    add("c.ko", ModuleBuilder.module("softdep=pre: c b", "depends=b"));
    for (String first : List.of("a", "b", "c")) {
      assertThat(ModuleSet.closure(List.of(first, "a", "b", "c"), Set.of(), files).inOrder())
          .extracting(KernelModule::name)
          .containsExactly("a", "b", "c");
    }
  }

  @Test
  void aModuleIsUnpacked() throws IOException {
    byte[] image = ModuleBuilder.module("depends=");
    add("m-one.ko.xz", DebBuilder.xz(image));
    KernelModule unpacked = KernelModule.read(files.get("m_one"), true);
    assertThat(unpacked.content()).isEqualTo(image);
    assertThat(unpacked.fileName()).isEqualTo("m_one.ko");
    KernelModule packed = KernelModule.read(files.get("m_one"), false);
    assertThat(packed.content()).isEqualTo(Files.readAllBytes(files.get("m_one")));
    assertThat(packed.fileName()).isEqualTo("m_one.ko.xz");
  }

  @Test
  void aModuleThatCannotBeUnpackedIsNamed() throws IOException {
    add("m.ko.zst", new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd});
    assertThatThrownBy(() -> ModuleSet.closure(List.of("m"), Set.of(), files))
        .isInstanceOf(RefusedException.class)
        .hasMessageContainingAll("m.ko.zst", "expected .ko or .ko.xz", "--mirror");
  }

  @Test
  void aDamagedModuleIsNamed() throws IOException {
    add("bad.ko", "no ELF".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> ModuleSet.closure(List.of("bad"), Set.of(), files))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bad");
  }

  private void add(String name, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve(name), content);
    files.put(KernelModule.nameOf(file), file);
  }
}
