package atoll.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    ModuleSet set = ModuleSet.closure(List.of("ext4"), files);
    assertThat(set.inOrder())
        .extracting(KernelModule::name)
        .containsExactly("jbd2", "mbcache", "ext4");
    assertThat(set.dependencies())
        .isEqualTo("jbd2.ko:\nmbcache.ko:\next4.ko.xz: jbd2.ko mbcache.ko\n");
    assertThat(set.aliases()).isEqualTo("alias fs-ext4 ext4\n");
  }

  @Test
  void softDependenciesCountAndHyphensAreUnderscores() throws IOException {
    add("virtio-rng.ko", ModuleBuilder.module("depends=rng-core", "softdep=pre: entropy-pool"));
    add("rng-core.ko", ModuleBuilder.module("depends="));
    add("entropy_pool.ko", ModuleBuilder.module("depends="));
    assertThat(ModuleSet.closure(List.of("virtio_rng"), files).inOrder())
        .extracting(KernelModule::name)
        .containsExactly("rng_core", "entropy_pool", "virtio_rng");
  }

  @Test
  void whatIsBuiltIntoTheKernelIsLeftOut() throws IOException {
    add("vfat.ko", ModuleBuilder.module("depends=fat"));
    ModuleSet set = ModuleSet.closure(List.of("vfat", "virtio_console"), files);
    assertThat(set.dependencies()).isEqualTo("vfat.ko:\n");
  }

  @Test
  void aCompressedModuleStaysAsItIsUntilUnpacked() throws IOException {
    byte[] image = ModuleBuilder.module("depends=");
    byte[] compressed = DebBuilder.xz(image);
    add("m.ko.xz", compressed);
    KernelModule module = KernelModule.read(files.get("m"));
    assertThat(module.content()).isEqualTo(compressed);
    assertThat(module.fileName()).isEqualTo("m.ko.xz");
    assertThat(module.unpacked().content()).isEqualTo(image);
    assertThat(module.unpacked().fileName()).isEqualTo("m.ko");
  }

  @Test
  void aDamagedModuleIsNamed() throws IOException {
    add("bad.ko", "no ELF".getBytes(StandardCharsets.US_ASCII));
    assertThatThrownBy(() -> ModuleSet.closure(List.of("bad"), files))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bad");
  }

  private void add(String name, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve(name), content);
    files.put(KernelModule.nameOf(file), file);
  }
}
