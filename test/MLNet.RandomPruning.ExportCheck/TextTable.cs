namespace MLNet.RandomPruning.ExportCheck;

/// <summary>A table in plain text, which reads the same in a terminal and in a log.</summary>
internal sealed class TextTable(string title, string[] header)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    /// <summary>Prints it, unless it has no rows.</summary>
    public void Print()
    {
        if (_rows.Count == 0)
        {
            return;
        }

        int[] widths = [.. header.Select((name, column) => Math.Max(name.Length, _rows.Max(row => row[column].Length)))];
        Console.WriteLine(title);
        PrintRow(header);
        PrintRow([.. widths.Select(width => new string('-', width))]);
        _rows.ForEach(PrintRow);
        Console.WriteLine();

        void PrintRow(string[] cells) => Console.WriteLine($"  {string.Join("  ", cells.Select((cell, column) => cell.PadRight(widths[column])))}".TrimEnd());
    }
}
