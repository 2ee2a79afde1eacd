using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.RandomPruning.Data;

namespace MLNet.RandomPruning.Tests;

[TestClass]
public sealed class LoadedDataTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    private sealed class Row
    {
        public byte[] Features { get; set; } = [];

        public uint Label { get; set; }
    }

    [TestMethod]
    public void CifarFilesBecomeRowsWithClassNames()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var random = new Random(1);
            var records = Enumerable.Range(0, 7).Select(index =>
            {
                var record = new byte[3073];
                random.NextBytes(record);
                record[0] = (byte)(index % 10);
                return record;
            }).ToArray();
            File.WriteAllBytes(Path.Combine(folder, "test_batch.bin"), [.. records.SelectMany(record => record)]);
            string[] names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
            File.WriteAllLines(Path.Combine(folder, "batches.meta.txt"), names);

            var data = _mlContext.Data.LoadFromCifarBinary(folder, CifarSplit.Test);

            Assert.AreEqual(new VectorDataViewType(NumberDataViewType.Byte, 3, 32, 32), data.Schema["Features"].Type);
            Assert.AreEqual(new KeyDataViewType(typeof(uint), 10), data.Schema["Label"].Type);
            VBuffer<ReadOnlyMemory<char>> keys = default;
            data.Schema["Label"].GetKeyValues(ref keys);
            CollectionAssert.AreEqual(names, keys.DenseValues().Select(name => name.ToString()).ToArray());
            Assert.AreEqual(7, data.GetRowCount());
            var rows = _mlContext.Data.CreateEnumerable<Row>(data, reuseRowObject: false).ToArray();
            for (int i = 0; i < 7; i++)
            {
                CollectionAssert.AreEqual(records[i][1..], rows[i].Features);
                Assert.AreEqual((uint)records[i][0] + 1, rows[i].Label);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [TestMethod]
    public void GeneratedImagesAreAFunctionOfSeedAndIndex()
    {
        Row[] Read(int count, long seed, int first) =>
            [.. _mlContext.Data.CreateEnumerable<Row>(_mlContext.Data.LoadFromGeneratedImages(count, seed, first), reuseRowObject: false)];

        var all = Read(20, seed: 1, first: 0);
        var part = Read(5, seed: 1, first: 10);
        for (int i = 0; i < 5; i++)
        {
            CollectionAssert.AreEqual(all[10 + i].Features, part[i].Features);
            Assert.AreEqual(all[10 + i].Label, part[i].Label);
        }

        CollectionAssert.AreNotEqual(all[0].Features, Read(1, seed: 2, first: 0)[0].Features);
        Assert.IsEmpty(Read(0, seed: 1, first: 0));
    }

    [TestMethod]
    public void RowsAreShuffledAndSplitAsAnyOther()
    {
        var data = _mlContext.Data.LoadFromGeneratedImages(100);
        var split = _mlContext.Data.TrainTestSplit(data, testFraction: 0.3, seed: 1);
        int train = Read(split.TrainSet).Length, test = Read(split.TestSet).Length;
        Assert.AreEqual(100, train + test);
        Assert.IsGreaterThan(10, test);

        var plain = Read(data);
        var shuffled = Read(_mlContext.Data.ShuffleRows(data, seed: 1));
        Assert.HasCount(100, shuffled);
        CollectionAssert.AreNotEqual(plain.Select(Key).ToArray(), shuffled.Select(Key).ToArray());
        CollectionAssert.AreEquivalent(plain.Select(Key).ToArray(), shuffled.Select(Key).ToArray());

        Row[] Read(IDataView view) => [.. _mlContext.Data.CreateEnumerable<Row>(view, reuseRowObject: false)];
        static string Key(Row row) => $"{row.Label}:{Convert.ToHexString(row.Features.AsSpan(0, 64))}";
    }

    [TestMethod]
    public void ManyCursorsReadAtOnce()
    {
        var data = _mlContext.Data.LoadFromGeneratedImages(200);
        var sums = new long[6];
        Parallel.For(0, sums.Length, index =>
        {
            using var cursor = data.GetRowCursor(data.Schema, index % 2 == 0 ? null : new Random(index));
            var features = cursor.GetGetter<VBuffer<byte>>(data.Schema["Features"]);
            VBuffer<byte> value = default;
            while (cursor.MoveNext())
            {
                features(ref value);
                foreach (byte pixel in value.GetValues())
                {
                    sums[index] += pixel;
                }
            }
        });
        Assert.IsTrue(sums.All(sum => sum == sums[0] && sum > 0));
    }
}
