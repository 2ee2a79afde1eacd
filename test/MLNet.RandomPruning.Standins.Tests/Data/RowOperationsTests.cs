using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class RowOperationsTests
{
    private readonly MLContext _context = new(1);

    [TestMethod]
    [DataRow(true, 1)]
    [DataRow(true, 1000)]
    [DataRow(false, 10)]
    [DataRow(false, 64)]
    [DataRow(false, 1000)]
    public void ShufflingKeepsEveryRowOnce(bool cached, int pool)
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(500));
        data = cached ? _context.Data.Cache(data) : data;
        IDataView shuffled = _context.Data.ShuffleRows(data, seed: 5, shufflePoolSize: pool);
        int[] values = shuffled.Values();
        CollectionAssert.AreEquivalent(Enumerable.Range(0, 500).ToArray(), values);
        CollectionAssert.AreNotEqual(Enumerable.Range(0, 500).ToArray(), values);
        CollectionAssert.AreEqual(values, _context.Data.ShuffleRows(data, seed: 5, shufflePoolSize: pool).Values());
        CollectionAssert.AreNotEqual(values, _context.Data.ShuffleRows(data, seed: 6, shufflePoolSize: pool).Values());
    }

    [TestMethod]
    public void ShufflingKeepsTheValuesOfARowTogether()
    {
        IDataView data = _context.Data.LoadFromEnumerable(MixedRow.Make(200).Select(row => row));
        MixedRow[] rows = _context.Data.CreateEnumerable<MixedRow>(_context.Data.ShuffleRows(data, seed: 1, shufflePoolSize: 16), reuseRowObject: false).ToArray();
        Assert.HasCount(200, rows);
        foreach (MixedRow row in rows)
        {
            Assert.AreEqual("row " + row.Number, row.Text);
            CollectionAssert.AreEqual(new[] { row.Number, row.Number + 0.25f, row.Number + 0.5f }, row.Vector);
        }
    }

    [TestMethod]
    public void AShuffledViewCanBeShuffledByItsReader()
    {
        IDataView shuffled = _context.Data.ShuffleRows(_context.Data.LoadFromEnumerable(RowTools.Numbers(300)), seed: 5);
        Assert.IsTrue(shuffled.CanShuffle);
        int[] first = shuffled.Values(new Random(1));
        CollectionAssert.AreEqual(first, shuffled.Values(new Random(1)));
        CollectionAssert.AreNotEqual(first, shuffled.Values(new Random(2)));
    }

    [TestMethod]
    public void TheSeedOfTheContextDecidesWhereNoneIsGiven()
    {
        int[] Shuffle(int seed)
        {
            var context = new MLContext(seed);
            return context.Data.ShuffleRows(context.Data.LoadFromEnumerable(RowTools.Numbers(200))).Values();
        }

        CollectionAssert.AreEqual(Shuffle(7), Shuffle(7));
        CollectionAssert.AreNotEqual(Shuffle(7), Shuffle(8));
    }

    [TestMethod]
    public void TakeAndSkipGiveTheFirstAndTheOtherRows()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(10));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, _context.Data.TakeRows(data, 3).Values());
        CollectionAssert.AreEqual(new[] { 7, 8, 9 }, _context.Data.SkipRows(data, 7).Values());
        Assert.IsEmpty(_context.Data.SkipRows(data, 20).Values());
        CollectionAssert.AreEqual(Enumerable.Range(0, 10).ToArray(), _context.Data.TakeRows(data, 20).Values());
        CollectionAssert.AreEqual(new[] { 4, 5 }, _context.Data.TakeRows(_context.Data.SkipRows(data, 4), 2).Values());
        Assert.AreEqual(3, _context.Data.TakeRows(data, 3).GetRowCount());
        Assert.AreEqual(3, _context.Data.SkipRows(data, 7).GetRowCount());
        foreach (long count in new long[] { 0, -1 })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => _context.Data.TakeRows(data, count));
            Assert.Throws<ArgumentOutOfRangeException>(() => _context.Data.SkipRows(data, count));
        }
    }

    [TestMethod]
    public void APoolOfOneOverRowsThatKeepTheirOrderKeepsIt()
    {
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(50));
        CollectionAssert.AreEqual(Enumerable.Range(0, 50).ToArray(), _context.Data.ShuffleRows(data, seed: 5, shufflePoolSize: 1).Values());
    }

    [TestMethod]
    public void WhatTheSourceThrowsComesWrapped()
    {
        static IEnumerable<NumberRow> Rows()
        {
            yield return new NumberRow();
            throw new InvalidDataException("The second row is damaged.");
        }

        IDataView data = _context.Data.LoadFromEnumerable(Rows());
        Assert.IsInstanceOfType<InvalidDataException>(Assert.Throws<InvalidOperationException>(() => _context.Data.ShuffleRows(data).Values()).InnerException);
        Assert.IsInstanceOfType<InvalidDataException>(Assert.Throws<InvalidOperationException>(() => _context.Data.Cache(data).Values()).InnerException);
    }

    [TestMethod]
    public void TakingRowsReadsNoMoreThanThose()
    {
        int read = 0;
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(100).Count(() => read++));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, _context.Data.TakeRows(data, 3).Values());
        Assert.IsLessThanOrEqualTo(4, read);
    }

    [TestMethod]
    public void ACacheReadsItsSourceOnce()
    {
        int read = 0;
        IDataView data = _context.Data.LoadFromEnumerable(RowTools.Numbers(100).Count(() => Interlocked.Increment(ref read)));
        IDataView cached = _context.Data.Cache(data, "Value");
        int[] expected = Enumerable.Range(0, 100).ToArray();
        for (int i = 0; i < 3; i++)
        {
            CollectionAssert.AreEqual(expected, cached.Values());
        }

        Assert.AreEqual(100, read);
        Assert.IsTrue(cached.CanShuffle);
        Assert.AreEqual(100, cached.GetRowCount());
        int[] shuffled = cached.Values(new Random(2));
        CollectionAssert.AreNotEqual(expected, shuffled);
        CollectionAssert.AreEquivalent(expected, shuffled);
        Assert.AreEqual(100, read);
    }

    [TestMethod]
    public void ACacheServesManyCursorsAtOnce()
    {
        IDataView cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(MixedRow.Make(500).Select(row => row)));
        Parallel.For(0, 8, i =>
        {
            int count = 0;
            foreach (MixedRow row in _context.Data.CreateEnumerable<MixedRow>(cached, reuseRowObject: i % 2 == 0))
            {
                Assert.AreEqual(count, row.Number);
                Assert.AreEqual("row " + count, row.Text);
                Assert.AreEqual(count + 0.5f, row.Vector![2]);
                count++;
            }

            Assert.AreEqual(500, count);
        });
    }

    [TestMethod]
    public void WhatAReaderDoesToItsVectorDoesNotChangeTheCache()
    {
        IDataView cached = _context.Data.Cache(_context.Data.LoadFromEnumerable(MixedRow.Make(2)));
        for (int pass = 0; pass < 2; pass++)
        {
            using DataViewRowCursor cursor = cached.GetRowCursor(cached.Schema);
            ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(cached.Schema["Vector"]);
            VBuffer<float> value = default;
            while (cursor.MoveNext())
            {
                getter(ref value);
                Assert.AreEqual(cursor.Position + 0.25f, value.GetItemOrDefault(1));
                VBufferEditor.CreateFromBuffer(ref value).Values.Fill(-1);
            }
        }
    }
}
