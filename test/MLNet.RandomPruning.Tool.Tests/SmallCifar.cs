using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Tool.Tests;

/// <summary>Writes folders in CIFAR's binary form with a few generated images in them.</summary>
[TestClass]
public static class SmallCifar
{
    public const int PerFile = 24;

    private static readonly Lazy<string> SharedFolder = new(() => Write10(Directory.CreateTempSubdirectory("randprune-test-").FullName));

    /// <summary>A folder with CIFAR-10 that tests share, and leave as it is.</summary>
    public static string Shared => SharedFolder.Value;

    /// <summary>The names that the folder gives its classes.</summary>
    public static string ClassName(int label) => $"kind{label}";

    /// <summary>CIFAR-10: five files to train on and one to test with.</summary>
    /// <param name="folder">The folder, which is made.</param>
    /// <param name="label">The label of each of the 120 training images; their class when null.</param>
    public static string Write10(string folder, Func<int, int>? label = null)
    {
        Directory.CreateDirectory(folder);
        for (int file = 0; file <= 5; file++)
        {
            string name = file == 5 ? "test_batch.bin" : $"data_batch_{file + 1}.bin";
            var images = GeneratedImages.Create(PerFile, seed: 5, firstIndex: file * PerFile);
            using var stream = File.Create(Path.Combine(folder, name));
            for (int index = 0; index < PerFile; index++)
            {
                stream.WriteByte((byte)(label is null || file == 5 ? images.Label(index) : label((file * PerFile) + index)));
                stream.Write(images.Image(index));
            }
        }

        File.WriteAllLines(Path.Combine(folder, "batches.meta.txt"), Enumerable.Range(0, 10).Select(ClassName));
        return folder;
    }

    [AssemblyCleanup]
    public static void RemoveShared()
    {
        if (SharedFolder.IsValueCreated)
        {
            Directory.Delete(Shared, recursive: true);
        }
    }

    /// <summary>CIFAR-100: one file each.</summary>
    public static string Write100(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (string name in new[] { "train.bin", "test.bin" })
        {
            var images = GeneratedImages.Create(100, seed: 6);
            using var stream = File.Create(Path.Combine(folder, name));
            for (int index = 0; index < images.Count; index++)
            {
                stream.WriteByte(0);
                stream.WriteByte((byte)index);
                stream.Write(images.Image(index));
            }
        }

        return folder;
    }
}
