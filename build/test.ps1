$ScriptName = 'test'
. (Join-Path $PSScriptRoot 'common.ps1')
if (Test-Unix) {
    & bash (Join-Path $PSScriptRoot 'test.sh') @args
    exit $LASTEXITCODE
}

$usage = @'
Usage: build\test.ps1

Sets up (see build/setup.ps1), builds the solution and runs every test. The last line is
    N passed, N failed, N skipped
over all test projects. A project whose run broke off counts as one failure.
The exit code is 0 only when tests ran and none failed.
'@
if ($args.Count -gt 0) {
    if ($args[0] -in '-h', '--help') { Write-Output $usage; exit 0 }
    [Console]::Error.WriteLine($usage)
    Stop-Script "unknown option '$($args[0])'." 2
}

$script:Passed = 0
$script:Failed = 0
$script:Skipped = 0

function Complete-Run([int] $Code, [string] $Message = '') {
    if ($Code -eq 0 -and $script:Passed -eq 0) {
        $Message = 'no test ran.'
        $Code = 1
    }
    if ($Code -eq 0 -and $script:Failed -gt 0) { $Code = 1 }
    if ($Message) { [Console]::Error.WriteLine("test: $Message") }
    [Console]::Out.WriteLine("$script:Passed passed, $script:Failed failed, $script:Skipped skipped")
    exit $Code
}

# Servers that outlive the build would keep a pipe that reads this script's output open.
if ($env:CI -eq 'true') { $env:MSBUILDDISABLENODEREUSE = '1' }

& (Join-Path $PSScriptRoot 'setup.ps1')
if ($LASTEXITCODE -ne 0) { Complete-Run $LASTEXITCODE 'the setup failed, so no test ran.' }
Find-Dotnet
[Console]::Out.WriteLine('test: building the solution ...')
& dotnet build -c Release -v quiet -nologo -clp:NoSummary | Out-Host
if ($LASTEXITCODE -ne 0) { Complete-Run $LASTEXITCODE 'the build failed, so no test ran.' }

# The runner's summary of all projects, after the last "Test run summary:".
$summary = $false
& dotnet test -c Release --no-build --no-ansi --no-progress | ForEach-Object {
    [Console]::Out.WriteLine($_)
    if ($_ -cmatch '^Test run summary:') {
        $summary = $true
        $script:Passed = 0
        $script:Failed = 0
        $script:Skipped = 0
    }
    elseif ($summary -and $_ -cmatch '^\s*(succeeded|failed|error|skipped): (\d+)') {
        switch ($Matches[1]) {
            'succeeded' { $script:Passed = [int] $Matches[2] }
            'skipped' { $script:Skipped = [int] $Matches[2] }
            default { $script:Failed += [int] $Matches[2] }
        }
    }
}
$code = $LASTEXITCODE
if ($code -ne 0 -and $script:Failed -eq 0) {
    Complete-Run $code "the test runner ended with code $code, though no test failed: see its words above."
}
Complete-Run $code
