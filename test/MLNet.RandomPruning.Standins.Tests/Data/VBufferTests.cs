using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests;

[TestClass]
public sealed class VBufferTests
{
    [TestMethod]
    public void DenseAndSparseVectorsOfTheSameValuesAgreeInEveryRead()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 200; trial++)
        {
            (float[] expected, VBuffer<float> vector) = MakeVector(random);

            CollectionAssert.AreEqual(expected, vector.DenseValues().ToArray());
            CollectionAssert.AreEqual(expected, vector.Items(all: true).Select(item => item.Value).ToArray());
            foreach (KeyValuePair<int, float> item in vector.Items())
            {
                Assert.AreEqual(expected[item.Key], item.Value);
            }

            for (int i = 0; i < expected.Length; i++)
            {
                Assert.AreEqual(expected[i], vector.GetItemOrDefault(i));
            }

            var copy = new float[expected.Length + 2];
            vector.CopyTo(copy, 1);
            CollectionAssert.AreEqual(expected, copy[1..^1]);
        }
    }

    [TestMethod]
    public void CopyToAnotherVectorGivesEqualValuesInBuffersOfItsOwn()
    {
        var random = new Random(2);
        VBuffer<float> destination = default;
        for (int trial = 0; trial < 200; trial++)
        {
            (float[] expected, VBuffer<float> vector) = MakeVector(random);

            vector.CopyTo(ref destination);
            Assert.AreEqual(vector.IsDense, destination.IsDense);
            CollectionAssert.AreEqual(expected, destination.DenseValues().ToArray());
            VBufferEditor<float> editor = VBufferEditor.CreateFromBuffer(ref destination);
            editor.Values.Fill(-1);
            CollectionAssert.AreEqual(expected, vector.DenseValues().ToArray());

            vector.CopyToDense(ref destination);
            Assert.IsTrue(destination.IsDense);
            CollectionAssert.AreEqual(expected, destination.DenseValues().ToArray());

            int start = random.Next(expected.Length + 1);
            int length = random.Next(expected.Length - start + 1);
            vector.CopyTo(ref destination, start, length);
            CollectionAssert.AreEqual(expected[start..(start + length)], destination.DenseValues().ToArray());
        }
    }

    [TestMethod]
    public void CopyToASpanFillsTheOtherValuesOfASparseVectorWithTheDefaultGiven()
    {
        var vector = new VBuffer<int>(4, 1, new[] { 7 }, new[] { 2 });
        var target = new int[4];
        vector.CopyTo(target, 0, 9);
        CollectionAssert.AreEqual(new[] { 9, 9, 7, 9 }, target);
    }

    [TestMethod]
    public void SparseVectorsKeepOnlyTheirStoredValues()
    {
        var vector = new VBuffer<float>(5, 2, new[] { 1f, 2f }, new[] { 1, 4 });
        Assert.IsFalse(vector.IsDense);
        CollectionAssert.AreEqual(new[] { 1, 4 }, vector.GetIndices().ToArray());
        CollectionAssert.AreEqual(new[] { 1f, 2f }, vector.GetValues().ToArray());
        Assert.AreEqual(5, vector.Length);
    }

    [TestMethod]
    public void DenseVectorsHaveNoIndices()
    {
        var vector = new VBuffer<float>(2, new[] { 1f, 2f, 3f });
        Assert.IsTrue(vector.IsDense);
        Assert.AreEqual(0, vector.GetIndices().Length);
        CollectionAssert.AreEqual(new[] { 1f, 2f }, vector.GetValues().ToArray());
    }

    [TestMethod]
    public void TheDefaultIsAnEmptyDenseVector()
    {
        VBuffer<float> vector = default;
        Assert.IsTrue(vector.IsDense);
        Assert.AreEqual(0, vector.Length);
        Assert.AreEqual(0, vector.GetValues().Length);
        Assert.IsEmpty(vector.DenseValues().ToArray());
    }

    [TestMethod]
    public void AnEditorReusesBuffersThatAreLargeEnough()
    {
        var vector = new VBuffer<float>(4, new float[4]);
        VBufferEditor<float> smaller = VBufferEditor.Create(ref vector, 3);
        Assert.IsFalse(smaller.CreatedNewValues);
        vector = smaller.Commit();
        VBufferEditor<float> larger = VBufferEditor.Create(ref vector, 10);
        Assert.IsTrue(larger.CreatedNewValues);
        Assert.AreEqual(10, larger.Values.Length);
    }

    [TestMethod]
    public void AnEditorMakesSparseVectorsAndTruncatesThem()
    {
        VBuffer<int> vector = default;
        VBufferEditor<int> editor = VBufferEditor.Create(ref vector, 10, 3);
        for (int i = 0; i < 3; i++)
        {
            editor.Values[i] = i + 1;
            editor.Indices[i] = 3 * i;
        }

        vector = editor.CommitTruncated(2);
        Assert.AreEqual(10, vector.Length);
        CollectionAssert.AreEqual(new[] { 1, 0, 0, 2, 0, 0, 0, 0, 0, 0 }, vector.DenseValues().ToArray());
    }

    [TestMethod]
    public void AnIndexOutsideOfTheVectorIsRefused()
    {
        var vector = new VBuffer<float>(2, new float[2]);
        Assert.Throws<ArgumentException>(() => vector.GetItemOrDefault(2));
        Assert.Throws<ArgumentException>(() => vector.GetItemOrDefault(-1));
        Assert.Throws<ArgumentException>(() => vector.CopyTo(new float[1]));
    }

    private static (float[] Expected, VBuffer<float> Vector) MakeVector(Random random)
    {
        int length = random.Next(1, 20);
        var expected = new float[length];
        if (random.Next(2) == 0)
        {
            for (int i = 0; i < length; i++)
            {
                expected[i] = random.NextSingle();
            }

            return (expected, new VBuffer<float>(length, (float[])expected.Clone()));
        }

        int[] indices = Enumerable.Range(0, length).Where(_ => random.Next(3) == 0).ToArray();
        float[] values = indices.Select(_ => random.NextSingle()).ToArray();
        for (int i = 0; i < indices.Length; i++)
        {
            expected[indices[i]] = values[i];
        }

        return (expected, new VBuffer<float>(length, indices.Length, values, indices));
    }
}
