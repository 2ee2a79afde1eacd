using MLNet.RandomPruning.Networks;

namespace MLNet.RandomPruning.Data;

/// <summary>Which part of CIFAR is read.</summary>
public enum CifarSplit
{
    /// <summary>The 50,000 training images.</summary>
    Train,

    /// <summary>The 10,000 test images.</summary>
    Test,
}

/// <summary>
/// Reads the binary version of CIFAR-10 and CIFAR-100 (Krizhevsky, "Learning multiple layers of features from tiny images", 2009):
/// records of a label byte (CIFAR-100: a coarse and a fine one) and 3×32×32 values, [channel][row][column].
/// </summary>
public static class CifarFiles
{
    private const int RecordsPerRead = 256;
    private static readonly ImageShape Shape = new(3, 32, 32);

    private static readonly Variant Cifar10 = new(
        "CIFAR-10", 10, LabelBytes: 1, "batches.meta.txt",
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"], ["test_batch.bin"]);

    private static readonly Variant Cifar100 = new(
        "CIFAR-100", 100, LabelBytes: 2, "fine_label_names.txt", ["train.bin"], ["test.bin"]);

    /// <summary>
    /// Loads one part of CIFAR-10 or CIFAR-100; which of them it is shows in the names of the files, or of a single file in its
    /// length. The classes of CIFAR-100 are the fine ones.
    /// </summary>
    /// <param name="path">
    /// A folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin (CIFAR-10) or train.bin and test.bin (CIFAR-100), of
    /// which only the files of the split need be there; or one .bin file of either form, with any number of images. The class
    /// names come from batches.meta.txt or fine_label_names.txt beside the images, and are "0", "1", … where there is none.
    /// </param>
    /// <param name="split">Which files of a folder are read; a single file is read whatever it holds.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or files of the split are missing.</exception>
    /// <exception cref="InvalidDataException">A file is not of the form; the message names the file and the record.</exception>
    public static ImageSet Load(string path, CifarSplit split = CifarSplit.Train, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Enum.IsDefined(split))
        {
            throw new ArgumentOutOfRangeException(nameof(split), split, "The split is Train or Test.");
        }

        var (variant, files) = Directory.Exists(path) ? FindFiles(path, split)
            : File.Exists(path) ? (DetectVariant(path), [path])
            : throw new FileNotFoundException($"There is neither a folder nor a file at '{path}'; CIFAR's binary version is expected there.", path);
        string folder = Path.GetDirectoryName(Path.GetFullPath(files[0]))!;
        var builder = new ImageSetBuilder(Shape, ReadClassNames(Path.Combine(folder, variant.NamesFile), variant));
        foreach (string file in files)
        {
            ReadRecords(file, variant, builder, cancellationToken);
        }

        return builder.Build();
    }

    private static (Variant Variant, string[] Files) FindFiles(string folder, CifarSplit split)
    {
        bool Holds(Variant variant) => variant.Train.Concat(variant.Test).Any(name => File.Exists(Path.Combine(folder, name)));
        bool is10 = Holds(Cifar10), is100 = Holds(Cifar100);
        if (is10 && is100)
        {
            throw new InvalidDataException(
                $"The folder '{folder}' holds files of both CIFAR-10 and CIFAR-100; give each a folder of its own, or name one file.");
        }

        if (!is10 && !is100)
        {
            throw new FileNotFoundException(
                $"The folder '{folder}' holds no CIFAR files. Expected are, for CIFAR-10, {string.Join(", ", Cifar10.Files(split))}; for CIFAR-100, {string.Join(", ", Cifar100.Files(split))}.");
        }

        var variant = is10 ? Cifar10 : Cifar100;
        string[] missing = [.. variant.Files(split).Where(name => !File.Exists(Path.Combine(folder, name)))];
        if (missing.Length > 0)
        {
            string part = split == CifarSplit.Train ? "training" : "test";
            throw new FileNotFoundException(
                $"The {part} images of {variant.Name} in '{folder}' are incomplete; missing: {string.Join(", ", missing)}.", Path.Combine(folder, missing[0]));
        }

        return (variant, [.. variant.Files(split).Select(name => Path.Combine(folder, name))]);
    }

    private static Variant DetectVariant(string file)
    {
        long length = new FileInfo(file).Length;
        bool fits10 = length % Cifar10.RecordBytes == 0, fits100 = length % Cifar100.RecordBytes == 0;
        if (length == 0 || !(fits10 || fits100))
        {
            throw new InvalidDataException(
                $"'{file}' is not a CIFAR file: its {length} bytes are no whole number of records of {Cifar10.RecordBytes} bytes (CIFAR-10) or {Cifar100.RecordBytes} bytes (CIFAR-100). It may be truncated or of another format.");
        }

        // 3073·3074 bytes and their multiples fit both; then the labels tell.
        return fits10 && (!fits100 || AllLabelsFit(file, Cifar10)) ? Cifar10 : Cifar100;
    }

    private static bool AllLabelsFit(string file, Variant variant)
    {
        using var stream = File.OpenRead(file);
        for (long at = 0; at < stream.Length; at += variant.RecordBytes)
        {
            stream.Position = at;
            if (stream.ReadByte() >= variant.ClassCount)
            {
                return false;
            }
        }

        return true;
    }

    private static void ReadRecords(string file, Variant variant, ImageSetBuilder builder, CancellationToken cancellationToken)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1, FileOptions.SequentialScan);
        long length = stream.Length;
        long records = length / variant.RecordBytes;
        if (length == 0 || length % variant.RecordBytes != 0)
        {
            throw new InvalidDataException(
                $"'{file}' has {length} bytes, which is no whole number of records: a {variant.Name} file holds {variant.RecordBytes} bytes an image, and this one ends {length % variant.RecordBytes} bytes into record {records}. It may be truncated or of another format.");
        }

        var buffer = new byte[RecordsPerRead * variant.RecordBytes];
        for (long first = 0; first < records; first += RecordsPerRead)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = (int)Math.Min(RecordsPerRead, records - first);
            int bytes = count * variant.RecordBytes;
            if (stream.ReadAtLeast(buffer.AsSpan(0, bytes), bytes, throwOnEndOfStream: false) < bytes)
            {
                throw new InvalidDataException($"'{file}' ended early, at or after record {first} of {records}; it became shorter while it was read.");
            }

            for (int i = 0; i < count; i++)
            {
                var record = buffer.AsSpan(i * variant.RecordBytes, variant.RecordBytes);
                int label = record[variant.LabelBytes - 1];
                if (label >= variant.ClassCount)
                {
                    throw new InvalidDataException(
                        $"'{file}', record {first + i} of {records} (byte {(first + i) * variant.RecordBytes}): the label is {label}, but the labels of {variant.Name} go from 0 to {variant.ClassCount - 1}. The file may be damaged or of another format.");
                }

                builder.Add(record[variant.LabelBytes..], label);
            }
        }
    }

    private static string[] ReadClassNames(string file, Variant variant)
    {
        if (!File.Exists(file))
        {
            return [.. Enumerable.Range(0, variant.ClassCount).Select(label => label.ToString())];
        }

        string[] names = [.. File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0)];
        return names.Length == variant.ClassCount
            ? names
            : throw new InvalidDataException($"'{file}' names {names.Length} classes, one a line, but {variant.Name} has {variant.ClassCount}.");
    }

    /// <summary>One of the two forms of the files.</summary>
    private sealed record Variant(string Name, int ClassCount, int LabelBytes, string NamesFile, string[] Train, string[] Test)
    {
        public int RecordBytes => LabelBytes + Shape.Size;

        public string[] Files(CifarSplit split) => split == CifarSplit.Train ? Train : Test;
    }
}
