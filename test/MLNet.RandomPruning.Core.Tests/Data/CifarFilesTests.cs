using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Core.Tests.Data;

[TestClass]
public sealed class CifarFilesTests
{
    private string _folder = "";

    [TestInitialize]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("cifar-").FullName;

    [TestCleanup]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    private static byte Pixel(int file, int record, int value) => (byte)(file * 101 + record * 13 + value * 3 + value / 256);

    /// <summary>A file of one-label records, with pixels told by file, record and place.</summary>
    private string Write10(string name, int file, int count, Func<int, int>? label = null) =>
        Write(name, file, count, record => [(byte)(label?.Invoke(record) ?? (record + file) % 10)]);

    private string Write100(string name, int count, Func<int, int>? fine = null, Func<int, int>? coarse = null) =>
        Write(name, 0, count, record => [(byte)(coarse?.Invoke(record) ?? record % 20), (byte)(fine?.Invoke(record) ?? record % 100)]);

    private string Write(string name, int file, int count, Func<int, byte[]> labels)
    {
        var bytes = new List<byte>();
        for (int record = 0; record < count; record++)
        {
            bytes.AddRange(labels(record));
            for (int value = 0; value < 3072; value++)
            {
                bytes.Add(Pixel(file, record, value));
            }
        }

        File.WriteAllBytes(At(name), [.. bytes]);
        return At(name);
    }

    private void WriteTraining10(int except = 0)
    {
        for (int file = 1; file <= 5; file++)
        {
            if (file != except)
            {
                Write10($"data_batch_{file}.bin", file, 30);
            }
        }
    }

    private static void AssertRecord(ImageSet set, int at, int file, int record)
    {
        for (int value = 0; value < 3072; value++)
        {
            Assert.AreEqual(Pixel(file, record, value), set.Image(at)[value]);
        }
    }

    [TestMethod]
    public void A_folder_of_Cifar10_is_read_in_the_order_of_its_files()
    {
        WriteTraining10();
        Write10("test_batch.bin", 6, 300); // more than one read
        File.WriteAllText(At("batches.meta.txt"), "airplane\nautomobile\nbird\ncat\ndeer\r\ndog\nfrog\nhorse\nship\ntruck\n\n");
        var train = CifarFiles.Load(_folder);
        Assert.AreEqual(150, train.Count);
        Assert.AreEqual(10, train.ClassCount);
        Assert.AreEqual("deer", train.ClassNames[4]);
        Assert.AreEqual("truck", train.ClassNames[9]);
        for (int at = 0; at < 150; at++)
        {
            AssertRecord(train, at, at / 30 + 1, at % 30);
            Assert.AreEqual((at % 30 + at / 30 + 1) % 10, train.Label(at));
        }

        var test = CifarFiles.Load(_folder, CifarSplit.Test);
        Assert.AreEqual(300, test.Count);
        AssertRecord(test, 299, 6, 299);
    }

    [TestMethod]
    public void A_folder_of_Cifar100_has_the_fine_classes()
    {
        Write100("test.bin", 120);
        File.WriteAllLines(At("fine_label_names.txt"), Enumerable.Range(0, 100).Select(i => $"class{i}"));
        var test = CifarFiles.Load(_folder, CifarSplit.Test);
        Assert.AreEqual(120, test.Count);
        Assert.AreEqual(100, test.ClassCount);
        Assert.AreEqual("class99", test.ClassNames[test.Label(99)]);
        AssertRecord(test, 119, 0, 119);
    }

    [TestMethod]
    public void A_single_file_is_known_by_its_length_and_its_classes_by_numbers()
    {
        var ten = CifarFiles.Load(Write10("mine.bin", 1, 7));
        Assert.AreEqual(7, ten.Count);
        CollectionAssert.AreEqual(new[] { "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" }, ten.ClassNames.ToArray());
        Assert.AreEqual(100, CifarFiles.Load(Write100("other.bin", 7), CifarSplit.Test).ClassCount);
    }

    [TestMethod]
    public void Where_the_length_fits_both_the_labels_decide()
    {
        File.WriteAllBytes(At("ten.bin"), new byte[3073 * 3074]);
        var ten = CifarFiles.Load(At("ten.bin"));
        Assert.AreEqual(10, ten.ClassCount);
        Assert.AreEqual(3074, ten.Count);
        var bytes = new byte[3073 * 3074];
        Array.Fill(bytes, (byte)200);
        for (int record = 0; record < 3073; record++)
        {
            bytes[record * 3074] = 5;
            bytes[record * 3074 + 1] = 42;
        }

        File.WriteAllBytes(At("hundred.bin"), bytes);
        var hundred = CifarFiles.Load(At("hundred.bin"));
        Assert.AreEqual(3073, hundred.Count);
        Assert.AreEqual(42, hundred.Label(3072));
    }

    [TestMethod]
    [DataRow("data_batch_3.bin", 30 * 3073 - 1)]
    [DataRow("data_batch_3.bin", 100)]
    [DataRow("data_batch_3.bin", 0)]
    public void A_truncated_file_of_a_folder_is_named_with_its_size(string name, int length)
    {
        WriteTraining10();
        using (var stream = File.OpenWrite(At(name)))
        {
            stream.SetLength(length);
        }

        var error = Assert.ThrowsExactly<InvalidDataException>(() => CifarFiles.Load(_folder));
        StringAssert.Contains(error.Message, At(name));
        StringAssert.Contains(error.Message, $"has {length} bytes");
        StringAssert.Contains(error.Message, "3073 bytes an image");
        StringAssert.Contains(error.Message, $"into record {length / 3073}");
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(3072)]
    [DataRow(3075)]
    public void A_single_file_of_another_length_is_refused(int length)
    {
        File.WriteAllBytes(At("x.bin"), new byte[length]);
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CifarFiles.Load(At("x.bin")));
        StringAssert.Contains(error.Message, $"its {length} bytes");
        StringAssert.Contains(error.Message, "3073 bytes (CIFAR-10) or 3074 bytes (CIFAR-100)");
    }

    [TestMethod]
    public void A_label_beyond_the_classes_is_named_with_its_record()
    {
        var ten = Assert.ThrowsExactly<InvalidDataException>(
            () => CifarFiles.Load(Write10("ten.bin", 1, 300, record => record == 270 ? 10 : 9)));
        StringAssert.Contains(ten.Message, "record 270 of 300 (byte 829710): the label is 10, but the labels of CIFAR-10 go from 0 to 9");
        var hundred = Assert.ThrowsExactly<InvalidDataException>(
            () => CifarFiles.Load(Write100("hundred.bin", 5, record => record == 4 ? 100 : 99)));
        StringAssert.Contains(hundred.Message, "record 4 of 5");
        StringAssert.Contains(hundred.Message, "from 0 to 99");
    }

    [TestMethod]
    public void Missing_files_are_listed()
    {
        WriteTraining10(except: 4);
        File.Delete(At("data_batch_2.bin"));
        var error = Assert.ThrowsExactly<FileNotFoundException>(() => CifarFiles.Load(_folder));
        StringAssert.Contains(error.Message, "missing: data_batch_2.bin, data_batch_4.bin.");
        StringAssert.Contains(error.Message, _folder);
        var test = Assert.ThrowsExactly<FileNotFoundException>(() => CifarFiles.Load(_folder, CifarSplit.Test));
        StringAssert.Contains(test.Message, "missing: test_batch.bin.");
    }

    [TestMethod]
    public void An_empty_an_absent_and_an_ambiguous_folder_are_told_apart()
    {
        var empty = Assert.ThrowsExactly<FileNotFoundException>(() => CifarFiles.Load(_folder, CifarSplit.Test));
        StringAssert.Contains(empty.Message, "for CIFAR-10, test_batch.bin; for CIFAR-100, test.bin");
        var absent = Assert.ThrowsExactly<FileNotFoundException>(() => CifarFiles.Load(At("nowhere")));
        StringAssert.Contains(absent.Message, "neither a folder nor a file at");
        Write10("test_batch.bin", 1, 1);
        Write100("test.bin", 1);
        var both = Assert.ThrowsExactly<InvalidDataException>(() => CifarFiles.Load(_folder, CifarSplit.Test));
        StringAssert.Contains(both.Message, "both CIFAR-10 and CIFAR-100");
    }

    [TestMethod]
    public void Too_few_class_names_are_refused()
    {
        Write10("test_batch.bin", 1, 1);
        File.WriteAllText(At("batches.meta.txt"), "cat\ndog\n");
        var error = Assert.ThrowsExactly<InvalidDataException>(() => CifarFiles.Load(_folder, CifarSplit.Test));
        StringAssert.Contains(error.Message, "batches.meta.txt' names 2 classes, one a line, but CIFAR-10 has 10");
    }

    [TestMethod]
    public void Reading_can_be_cancelled() =>
        Assert.ThrowsExactly<OperationCanceledException>(
            () => CifarFiles.Load(Write10("x.bin", 1, 1), cancellationToken: new CancellationToken(canceled: true)));
}
