namespace MLNet.RandomPruning.Evaluation;

/// <summary>
/// B bins of equal width over [0, 1]: bin b holds (b/B, (b + 1)/B], and the first 0 as well. Edges are compared in single
/// precision, as probabilities come: the probability that is written 0.2 is in the bin that ends at 0.2.
/// </summary>
internal sealed class EqualWidthBins
{
    private readonly float[] _edges;

    public EqualWidthBins(int count)
    {
        _edges = new float[count + 1];
        for (int edge = 0; edge <= count; edge++)
        {
            _edges[edge] = (float)((double)edge / count);
        }
    }

    public int Count => _edges.Length - 1;

    public double Lower(int bin) => (double)bin / Count;

    public double Upper(int bin) => (double)(bin + 1) / Count;

    public int IndexOf(float probability)
    {
        // Most probabilities of many classes are in the first bin.
        if (probability <= _edges[1])
        {
            return 0;
        }

        int bin = Math.Min((int)(probability * Count), Count - 1);
        while (probability <= _edges[bin])
        {
            bin--;
        }

        while (bin < Count - 1 && probability > _edges[bin + 1])
        {
            bin++;
        }

        return bin;
    }
}
