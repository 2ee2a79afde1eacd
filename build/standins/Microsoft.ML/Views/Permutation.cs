namespace Microsoft.ML.Data;

/// <summary>Random orders.</summary>
internal static class Permutation
{
    public static int[] Create(Random random, int count)
    {
        var order = new int[count];
        for (int i = 0; i < count; i++)
        {
            order[i] = i;
        }

        random.Shuffle(order);
        return order;
    }
}
