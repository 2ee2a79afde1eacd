using MLNet.RandomPruning.Data;
using MLNet.RandomPruning.Numerics;

namespace MLNet.RandomPruning.Pruning;

/// <summary>Which training images saliency is measured on: a pure function of the labels and the seed.</summary>
internal static class SaliencySamples
{
    /// <summary>The indices of some images, drawn at random; all of them when there are fewer.</summary>
    public static int[] Batch(ImageSet images, int count, long seed) => Shuffled(images, seed)[..Math.Min(count, images.Count)];

    /// <summary>
    /// The indices of some images of each class, drawn at random; all of a class that has fewer. They stand in rounds, one image of
    /// each class a round, so that every part of the list has about as many of one class as of another.
    /// </summary>
    public static int[] OfEachClass(ImageSet images, int samplesPerClass, long seed)
    {
        var rounds = new List<(int Round, int Place, int Index)>();
        int[] taken = new int[images.ClassCount];
        int[] order = Shuffled(images, seed);
        for (int place = 0; place < order.Length; place++)
        {
            int label = images.Label(order[place]);
            if (taken[label] < samplesPerClass)
            {
                rounds.Add((taken[label]++, place, order[place]));
            }
        }

        rounds.Sort();
        return [.. rounds.Select(sample => sample.Index)];
    }

    /// <summary>Cuts a list into two halves or, where these are too large, into as few equal parts (to one) as it takes.</summary>
    public static int[][] Parts(int[] samples, int maximumSize)
    {
        int count = Math.Max(Math.Min(2, samples.Length), (samples.Length + maximumSize - 1) / maximumSize);
        return
        [
            .. Enumerable.Range(0, count).Select(part =>
                samples[(int)((long)samples.Length * part / count)..(int)((long)samples.Length * (part + 1) / count)]),
        ];
    }

    private static int[] Shuffled(ImageSet images, long seed)
    {
        int[] order = [.. Enumerable.Range(0, images.Count)];
        new KeyedRandom(seed, RandomPurpose.Saliency, "images").Shuffle(order);
        return order;
    }
}
